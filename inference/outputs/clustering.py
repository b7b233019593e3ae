"""What a clusterer answers for new rows."""

from __future__ import annotations

from collections.abc import Mapping

from inference.outputs.answers import PREDICT, TRANSFORM, Answers
from inference.outputs.estimator_outputs import EstimatorOutputs, rows_of
from inference.outputs.output import FLOAT, INTEGER, Column, ListOf, Output


def clustering_outputs(source: EstimatorOutputs) -> tuple[Output, ...]:
    """Return what a fitted clusterer answers."""
    outputs = [
        Output(
            name="cluster",
            type=INTEGER,
            methods=(PREDICT,),
            column=_cluster,
            description="The cluster that the row belongs to, counted from 0.",
        )
    ]
    if source.can(TRANSFORM):
        outputs.append(
            Output(
                name="distances",
                type=ListOf(FLOAT, source.trial(TRANSFORM).shape[1]),
                methods=(TRANSFORM,),
                column=rows_of(TRANSFORM),
                description="The distance to each cluster's centre, in the order of the clusters.",
            )
        )
    return tuple(outputs)


def _cluster(answers: Answers, _: Mapping[str, int]) -> Column:
    clusters: Column = answers[PREDICT].astype(int).tolist()
    return clusters
