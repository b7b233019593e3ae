"""What a classifier with one target answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.card import Card
from inference.errors import CardError
from inference.outputs.answers import DECISION_FUNCTION, PREDICT, PREDICT_PROBA, Answers
from inference.outputs.estimator_outputs import EstimatorOutputs, floats, members, rows_of
from inference.outputs.output import (
    FLOAT,
    STRING,
    Argument,
    Categorical,
    Categories,
    ClassLabel,
    Column,
    Label,
    ListOf,
    Member,
    Numbers,
    Output,
    Record,
)

MOST_NAMED_CLASSES = 64
"""More classes than this make no enum and no object with one field per class."""

_LABEL = "The class that the model predicts."


def classification_outputs(source: EstimatorOutputs) -> tuple[Output, ...]:
    """Return what a fitted classifier answers."""
    classes = source.estimator.classes_
    return outputs_of_label(
        target_label(source, classes, classes),
        probabilities=source.can(PREDICT_PROBA),
        decision=source.can(DECISION_FUNCTION),
        order="`Model.classes`",
        sentence=_sentence(source),
    )


def _sentence(source: EstimatorOutputs) -> str:
    """Say what the class is of, as far as the card or the sample tells."""
    if not source.card.outputs:
        return _LABEL
    (member,) = members(source, ["label"], "target")
    of_what = " · ".join(filter(None, [member.source if member.source != "label" else None, member.description]))
    return f"{_LABEL.removesuffix('.')}: {of_what}." if of_what else _LABEL


def outputs_of_label(
    label: Label, *, probabilities: bool, decision: bool, order: str, sentence: str = _LABEL
) -> tuple[Output, ...]:
    """Return what can be said of one target with these classes; `order` says where a caller finds their order."""
    places = ClassPlaces(label)
    outputs = [_label(label, places, sentence), _raw_label(label, places)]
    if probabilities:
        outputs += [
            _probability(places),
            *_probabilities(label),
            _top_classes(label),
            _vector(len(label.classes), order),
        ]
    if decision:
        outputs.append(_decision())
    return tuple(outputs)


def target_label(source: EstimatorOutputs, classes: Iterable[Any], known: Iterable[Any]) -> Label:
    """Return a target's classes in the estimator's order, named by the card where it does.

    `known` are the classes of all targets, of which the card may speak. Raises CardError where it speaks of others.
    """
    raw_labels = _plain(classes)
    cards = {_card_key(raw): card for raw, card in source.card.classes.items()}
    _check_known(source.card, _plain(known), source)
    labels = tuple(
        ClassLabel(raw, (card.name if card and card.name else str(raw)), card.description if card else None)
        for raw in raw_labels
        for card in [cards.get(_card_key(raw))]
    )
    has_names = any(card.name for card in source.card.classes.values())
    named = has_names or all(isinstance(raw, str) for raw in raw_labels)
    return Label(labels, named=named, open=source.card.open)


def _plain(classes: Iterable[Any]) -> list[Any]:
    return [value.item() if isinstance(value, np.generic) else value for value in classes]


def _card_key(raw: object) -> str:
    """YAML may read a label as a number or a truth value where training had its text, and the other way round."""
    return str(raw).lower() if isinstance(raw, bool) else str(raw)


def _check_known(card: Card, raw_labels: list[Any], source: EstimatorOutputs) -> None:
    known = {_card_key(raw) for raw in raw_labels}
    for raw in card.classes:
        if _card_key(raw) not in known:
            names = ", ".join(str(label) for label in raw_labels[:20])
            raise CardError(
                source.card_path, f"classes.{raw}: the model has no such class", f"Its classes are: {names}"
            )


class ClassPlaces:
    """The place of each class among an estimator's classes."""

    def __init__(self, label: Label) -> None:
        self._places = {item.raw: place for place, item in enumerate(label.classes)}

    def of(self, answers: Answers) -> NDArray[np.intp]:
        """Return the places of the predicted labels, found once for all outputs. Raises ValueError for one unknown."""
        found: NDArray[np.intp] | None = answers.class_places
        if found is None:
            found = answers.derived.get(self)
        if found is None:
            labels = answers[PREDICT]
            found = answers.derived[self] = self._found(labels.reshape(len(labels)))  # some answer a column
        return found

    def _found(self, labels: NDArray[Any]) -> NDArray[np.intp]:
        try:
            return np.array([self._places[label] for label in labels.tolist()], dtype=np.intp)
        except (KeyError, TypeError) as error:
            raise ValueError("predict answered a label that is not among the estimator's classes_") from error


def _by_class(values: Sequence[object], places: ClassPlaces) -> Callable[[Answers, Mapping[str, int]], Categorical]:
    """Return a column maker that hands out what belongs to the predicted class; `values` has it for each."""
    categories = Categories(values)

    def column(answers: Answers, _: Mapping[str, int]) -> Categorical:
        return Categorical(places.of(answers), categories)

    return column


def _label(label: Label, places: ClassPlaces, sentence: str) -> Output:
    return Output(
        name="label", type=label, methods=(PREDICT,), make=_by_class(label.values, places), description=sentence
    )


def _raw_label(label: Label, places: ClassPlaces) -> Output:
    return Output(
        name="raw_label",
        type=STRING,
        methods=(PREDICT,),
        make=_by_class([str(item.raw) for item in label.classes], places),
        description="The predicted class as it was written in training.",
    )


def _probability(places: ClassPlaces) -> Output:
    def column(answers: Answers, _: Mapping[str, int]) -> Numbers:
        index = places.of(answers)
        probabilities: Numbers = floats(answers[PREDICT_PROBA])[np.arange(len(index)), index]
        return probabilities

    return Output(
        name="probability",
        type=FLOAT,
        methods=(PREDICT, PREDICT_PROBA),
        make=column,
        description="The probability of `label`, from 0 to 1.",
    )


def _probabilities(label: Label) -> list[Output]:
    if len(label.classes) > MOST_NAMED_CLASSES:
        return []
    members = tuple(Member(item.name, FLOAT, item.description) for item in label.classes)
    return [
        Output(
            name="probabilities",
            type=Record("probabilities", members, "The probability of each class, from 0 to 1."),
            methods=(PREDICT_PROBA,),
            make=rows_of(PREDICT_PROBA),
            description="The probability of each class, from 0 to 1.",
        )
    ]


def _top_classes(label: Label) -> Output:
    values = np.array(label.values, dtype=object)
    raw = np.array([str(item.raw) for item in label.classes], dtype=object)

    def column(answers: Answers, arguments: Mapping[str, int]) -> Column:
        probabilities = floats(answers[PREDICT_PROBA])
        # A stable sort of the negated values keeps the classes' order among equal probabilities.
        best = np.argsort(-probabilities, axis=1, kind="stable")[:, : arguments["k"]]
        ranked = np.take_along_axis(probabilities, best, axis=1).tolist()
        return [
            list(zip(values[row], raw[row], row_probabilities, strict=True))
            for row, row_probabilities in zip(best, ranked, strict=True)
        ]

    record = Record(
        "class_probability",
        (
            Member("label", label, "The class."),
            Member("raw_label", STRING, "The class as it was written in training."),
            Member("probability", FLOAT, "From 0 to 1."),
        ),
        "A class and its probability.",
    )
    return Output(
        name="top_classes",
        type=ListOf(record),
        methods=(PREDICT_PROBA,),
        make=column,
        description="The most probable classes, the best first.",
        arguments=(Argument("k", 3, 1, "How many at most."),),
    )


def _vector(length: int, order: str) -> Output:
    return Output(
        name="probability_vector",
        type=ListOf(FLOAT, length),
        methods=(PREDICT_PROBA,),
        make=rows_of(PREDICT_PROBA),
        description=f"The probabilities in the order of {order}.",
    )


def _decision() -> Output:
    def column(answers: Answers, _: Mapping[str, int]) -> Numbers:
        scores = floats(answers[DECISION_FUNCTION])
        return scores.reshape(len(scores), -1)

    return Output(
        name="decision",
        type=ListOf(FLOAT),
        methods=(DECISION_FUNCTION,),
        make=column,
        description="The decision function's values: one for two classes, else one per class or pair of classes.",
    )
