"""What a classifier answers that gives a row any number of labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from inference.errors import CardError
from inference.outputs.answers import DECISION_FUNCTION, PREDICT, PREDICT_PROBA, Answers
from inference.outputs.classification import MOST_NAMED_CLASSES
from inference.outputs.estimator_outputs import EstimatorOutputs, distinct_members, floats, rows_of
from inference.outputs.output import FLOAT, ClassLabel, Column, Label, ListOf, Numbers, Output, Record

_YES_OR_NO = 2


def multilabel_outputs(source: EstimatorOutputs, count: int) -> tuple[Output, ...]:
    """Return what a fitted classifier with `count` labels answers, each of which a row may have or not."""
    if source.card.classes:
        why = f"classes: the model has {count} labels that a row may have or not, and no classes"
        raise CardError(source.card_path, why, f"Name all {count} labels under outputs, in the order of training")
    named = distinct_members(source, [f"label_{place}" for place in range(count)], "labels")
    classes = tuple(ClassLabel(member.source, member.source, member.description) for member in named)
    outputs = [_labels(Label(classes, named=True, open=source.card.open))]
    probabilities = _probabilities_of(source, count)
    if probabilities:
        record = Record(
            "probabilities",
            tuple(replace(member, unit=None) for member in named),
            "The probability of each label, from 0 to 1.",
        )
        if count <= MOST_NAMED_CLASSES:
            outputs.append(_probabilities(record, probabilities))
        outputs.append(_vector(count, probabilities))
    if source.width(DECISION_FUNCTION) == count:
        outputs.append(_decision(count))
    return tuple(outputs)


def _labels(label: Label) -> Output:
    names = np.array(label.values, dtype=object)

    def column(answers: Answers, _: Mapping[str, int]) -> Column:
        return [list(names[row]) for row in answers[PREDICT].astype(bool)]

    return Output(
        name="labels",
        type=ListOf(label),
        methods=(PREDICT,),
        make=column,
        description="The labels that the model predicts, in the order of training; none, some or all.",
    )


def _probabilities_of(source: EstimatorOutputs, count: int) -> Callable[[Numbers], Numbers] | None:
    """Return how the probabilities of the labels are read, None where the model gives none.

    Some answer the probability of each label; others, for each label, that it is not and that it is there.
    """
    width = source.width(PREDICT_PROBA)
    if width == count:
        return lambda answered: answered
    return (lambda answered: answered[:, 1::_YES_OR_NO]) if width == _YES_OR_NO * count else None


def _rows(read: Callable[[Numbers], Numbers]) -> Callable[[Answers, Mapping[str, int]], Numbers]:
    def column(answers: Answers, _: Mapping[str, int]) -> Numbers:
        return read(floats(answers[PREDICT_PROBA]))

    return column


def _probabilities(record: Record, read: Callable[[Numbers], Numbers]) -> Output:
    return Output(
        name="probabilities",
        type=record,
        methods=(PREDICT_PROBA,),
        make=_rows(read),
        description="The probability of each label, from 0 to 1.",
    )


def _vector(count: int, read: Callable[[Numbers], Numbers]) -> Output:
    return Output(
        name="probability_vector",
        type=ListOf(FLOAT, count),
        methods=(PREDICT_PROBA,),
        make=_rows(read),
        description="The probabilities in the order of `Model.classes`.",
    )


def _decision(count: int) -> Output:
    return Output(
        name="decision",
        type=ListOf(FLOAT, count),
        methods=(DECISION_FUNCTION,),
        make=rows_of(DECISION_FUNCTION),
        description="The decision function's value for each label.",
    )
