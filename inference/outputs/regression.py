"""What a regressor answers, with one target or several."""

from __future__ import annotations

from inference.outputs.answers import PREDICT, PREDICT_STD
from inference.outputs.estimator_outputs import EstimatorOutputs, members, number_of, rows_of
from inference.outputs.output import FLOAT, Member, Output, Record
from inference.outputs.spread import with_std


def regression_outputs(source: EstimatorOutputs) -> tuple[Output, ...]:
    """Return what a fitted regressor answers."""
    trial = source.trial(PREDICT)
    if trial.ndim == 1 or trial.shape[1] == 1:
        outputs = [_value(source)]
        if _gives_std(source):
            outputs.append(_std())
        return tuple(outputs)
    outputs = [_values(source, trial.shape[1])]
    if _gives_std(source) and source.trial(PREDICT_STD).shape == trial.shape:
        outputs.append(_stds(source, trial.shape[1]))
    return tuple(outputs)


def _value(source: EstimatorOutputs) -> Output:
    (member,) = members(source, ["value"], "target") if source.card.outputs else (Member("value", FLOAT),)
    return Output(name="value", type=FLOAT, methods=(PREDICT,), make=number_of(PREDICT), description=_sentence(member))


def _sentence(member: Member) -> str:
    """Say what is predicted, as far as the card tells."""
    subject = member.source if member.source != "value" else "The predicted value"
    unit = f" in {member.unit}" if member.unit else ""
    return f"{subject}{unit}." if not member.description else f"{subject}{unit}: {member.description}"


def _values(source: EstimatorOutputs, count: int) -> Output:
    names = [f"target_{i}" for i in range(count)]
    return Output(
        name="value",
        type=Record("value", members(source, names, "targets"), "The predicted value of each target."),
        methods=(PREDICT,),
        make=rows_of(PREDICT),
        description="The predicted value of each target.",
    )


def _stds(source: EstimatorOutputs, count: int) -> Output:
    sentence = "The standard deviation of each target's prediction."
    return Output(
        name="std",
        type=Record("std", members(source, [f"target_{i}" for i in range(count)], "targets"), sentence),
        methods=(PREDICT_STD,),
        make=rows_of(PREDICT_STD),
        description=sentence,
    )


def _std() -> Output:
    return Output(
        name="std",
        type=FLOAT,
        methods=(PREDICT_STD,),
        make=number_of(PREDICT_STD),
        description="The standard deviation of the prediction.",
    )


def _gives_std(source: EstimatorOutputs) -> bool:
    return with_std(source.estimator) is not None
