"""What an estimator of a density answers: how usual a row is."""

from __future__ import annotations

from inference.outputs.answers import MAHALANOBIS, SCORE_SAMPLES
from inference.outputs.estimator_outputs import EstimatorOutputs, number_of
from inference.outputs.output import FLOAT, Output


def density_outputs(source: EstimatorOutputs) -> tuple[Output, ...]:
    """Return what anything that was fitted to a distribution says of a row."""
    outputs = []
    if source.can(SCORE_SAMPLES):
        outputs.append(scalar("score", SCORE_SAMPLES, "How usual the row is: the logarithm of its likelihood."))
    if source.can(MAHALANOBIS):
        sentence = "The squared Mahalanobis distance from the middle of the training data."
        outputs.append(scalar("mahalanobis", MAHALANOBIS, sentence))
    return tuple(outputs)


def scalar(name: str, method: str, description: str) -> Output:
    """Return an output that is a method's one number for each row."""
    return Output(name=name, type=FLOAT, methods=(method,), make=number_of(method), description=description)
