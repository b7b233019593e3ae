"""What a clusterer answers for new rows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from inference.outputs.answers import PREDICT, PREDICT_PROBA, TRANSFORM, Answers
from inference.outputs.estimator_outputs import EstimatorOutputs, floats, rows_of
from inference.outputs.output import FLOAT, INTEGER, Column, ListOf, Numbers, Output


def clustering_outputs(source: EstimatorOutputs) -> tuple[Output, ...]:
    """Return what a fitted clusterer answers."""
    outputs = [
        Output(
            name="cluster",
            type=INTEGER,
            methods=(PREDICT,),
            make=_cluster,
            description="The cluster that the row belongs to, counted from 0.",
        )
    ]
    if source.can(TRANSFORM):
        outputs.append(
            Output(
                name="distances",
                type=ListOf(FLOAT, source.trial(TRANSFORM).shape[1]),
                methods=(TRANSFORM,),
                make=rows_of(TRANSFORM),
                description="The distance to each cluster's centre, in the order of the clusters.",
            )
        )
    if source.can(PREDICT_PROBA):
        outputs += _probabilities(source.trial(PREDICT_PROBA).shape[1])
    return tuple(outputs)


def _probabilities(count: int) -> list[Output]:
    return [
        Output(
            name="probability",
            type=FLOAT,
            methods=(PREDICT, PREDICT_PROBA),
            make=_probability,
            description="The probability of `cluster`, from 0 to 1.",
        ),
        Output(
            name="probability_vector",
            type=ListOf(FLOAT, count),
            methods=(PREDICT_PROBA,),
            make=rows_of(PREDICT_PROBA),
            description="The probability of each cluster, in the order of the clusters.",
        ),
    ]


def _probability(answers: Answers, _: Mapping[str, int]) -> Numbers:
    clusters = answers[PREDICT].astype(int)
    probabilities: Numbers = floats(answers[PREDICT_PROBA])[np.arange(len(clusters)), clusters]
    return probabilities


def _cluster(answers: Answers, _: Mapping[str, int]) -> Column:
    clusters: Column = answers[PREDICT].astype(int).tolist()
    return clusters
