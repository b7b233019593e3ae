"""What an estimator of a density answers: how usual a row is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from inference.outputs.answers import MAHALANOBIS, SCORE_SAMPLES, Answers
from inference.outputs.estimator_outputs import EstimatorOutputs, floats
from inference.outputs.output import FLOAT, Numbers, Output


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
    return Output(name=name, type=FLOAT, methods=(method,), make=_numbers(method), description=description)


def _numbers(method: str) -> Callable[[Answers, Mapping[str, int]], Numbers]:
    def column(answers: Answers, _: Mapping[str, int]) -> Numbers:
        return floats(answers[method]).reshape(-1)

    return column
