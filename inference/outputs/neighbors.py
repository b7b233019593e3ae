"""What an estimator that searches its training rows answers: the nearest of them."""

from __future__ import annotations

from collections.abc import Mapping

from inference.outputs.answers import KNEIGHBORS_OF, Answers
from inference.outputs.estimator_outputs import EstimatorOutputs
from inference.outputs.output import FLOAT, INTEGER, Argument, Column, ListOf, Member, Output, Record

_NEIGHBOR = Record(
    "neighbor",
    (
        Member("index", INTEGER, "The place of the row in the training data, from 0."),
        Member("distance", FLOAT, "How far it is, in the estimator's metric."),
    ),
    "A row of the training data, and how far it is.",
)


def neighbors_outputs(source: EstimatorOutputs) -> tuple[Output, ...]:
    """Return the search for neighbours."""
    usual = min(int(source.estimator.n_neighbors), int(source.estimator.n_samples_fit_))
    most = int(source.estimator.n_samples_fit_)
    return (
        Output(
            name="neighbors",
            type=ListOf(_NEIGHBOR),
            methods=(KNEIGHBORS_OF,),
            make=_column,
            description="The nearest rows of the training data, the nearest first.",
            arguments=(Argument("k", usual, 1, f"How many, at most {most}.", most),),
        ),
    )


def _column(answers: Answers, arguments: Mapping[str, int]) -> Column:
    found = answers[KNEIGHBORS_OF.format(**arguments)]
    return [[(int(place), distance) for place, distance in row] for row in found.tolist()]
