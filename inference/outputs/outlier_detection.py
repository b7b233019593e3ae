"""What an outlier detector answers."""

from __future__ import annotations

from collections.abc import Mapping

from inference.outputs.answers import DECISION_FUNCTION, PREDICT, SCORE_SAMPLES, Answers
from inference.outputs.density_estimation import scalar
from inference.outputs.estimator_outputs import EstimatorOutputs
from inference.outputs.output import BOOLEAN, Column, Output


def outlier_detection_outputs(source: EstimatorOutputs) -> tuple[Output, ...]:
    """Return what a fitted outlier detector answers."""
    outputs = [
        Output(
            name="is_outlier",
            type=BOOLEAN,
            methods=(PREDICT,),
            make=_is_outlier,
            description="Whether the row is unlike the training data.",
        )
    ]
    if source.can(SCORE_SAMPLES):
        outputs.append(scalar("score", SCORE_SAMPLES, "How usual the row is: the lower, the more of an outlier."))
    if source.can(DECISION_FUNCTION):
        sentence = "The score moved so that outliers are below 0."
        outputs.append(scalar("decision", DECISION_FUNCTION, sentence))
    return tuple(outputs)


def _is_outlier(answers: Answers, _: Mapping[str, int]) -> Column:
    outliers: Column = (answers[PREDICT] == -1).tolist()
    return outliers
