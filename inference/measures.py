"""What scikit-learn can say of a model's answers beside the targets: metrics by name, and one score to compare by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    hamming_loss,
    log_loss,
    mean_absolute_error,
    r2_score,
    root_mean_squared_error,
)

from inference.card import Task
from inference.model import LoadedModel
from inference.outputs.answers import PREDICT, Answers
from inference.outputs.output import Label, ListOf, Output

Table = NDArray[Any]
"""Numbers or places of classes, of the shape (rows, targets)."""


@dataclass(frozen=True, slots=True)
class Measure:
    """How a model's answers are read and rated. Its targets are in the order of training."""

    noun: str
    """What a cell of a target must be."""
    readers: tuple[Callable[[Any], float | None], ...]
    """For each target: from a cell to a number or the place of a class, None where it is neither."""
    methods: tuple[str, ...]
    """Which of `Answers` the metrics are made from, those of the score among them."""
    scored: tuple[str, ...]
    """Which of `Answers` the score is made from."""
    predicted: Callable[[Answers], Table]
    score: Callable[[Table, Table], float]
    """From targets and predictions: accuracy of all targets together, or their mean r2; the greater the better."""
    metrics: Callable[[Table, Answers, Sequence[str]], dict[str, float]]
    """From targets, answers and the targets' names to metrics by name."""


def measure_of(model: LoadedModel) -> Measure | None:
    """Return how a classifier or a regressor is measured; None for any other model."""
    task, outputs = model.serving.task, model.serving.outputs
    if task is Task.REGRESSION:
        return _regression(
            int(np.size(model.ask([[one] for one in model.signature.example_row], 1, [PREDICT])[PREDICT]))
        )
    if task is not Task.CLASSIFICATION:
        return None
    first = outputs[0].type
    if isinstance(first, ListOf) and isinstance(first.item, Label):
        return _label_sets(len(first.item.classes))
    return _classification(outputs)


def _regression(count: int) -> Measure:
    def predicted(answers: Answers) -> Table:
        return answers[PREDICT].reshape(-1, count)

    def metrics(targets: Table, answers: Answers, names: Sequence[str]) -> dict[str, float]:
        given = predicted(answers)
        of_all = {"r2": float(r2_score(targets, given))} if count > 1 else {}
        return of_all | _of_each(
            names,
            lambda place: {
                "r2": r2_score(targets[:, place], given[:, place]),
                "mean_absolute_error": mean_absolute_error(targets[:, place], given[:, place]),
                "root_mean_squared_error": root_mean_squared_error(targets[:, place], given[:, place]),
            },
        )

    return Measure("number", (_number,) * count, (PREDICT,), (PREDICT,), predicted, r2_score, metrics)


def _label_sets(count: int) -> Measure:
    def predicted(answers: Answers) -> Table:
        return answers[PREDICT].astype(bool)

    def metrics(targets: Table, answers: Answers, _: Sequence[str]) -> dict[str, float]:
        given = predicted(answers)
        return {
            "accuracy": _all_right(targets, given),
            "f1_macro": float(f1_score(targets, given, average="macro", zero_division=0)),
            "hamming_loss": float(hamming_loss(targets, given)),
        }

    return Measure("truth value", (_truth,) * count, (PREDICT,), (PREDICT,), predicted, _all_right, metrics)


def _classification(outputs: Sequence[Output]) -> Measure:
    """Measure each target by its `label` and, where it has one, its `probability_vector`."""
    labels = [one for one in outputs if one.name == "label"]
    vectors = {one.target: one for one in outputs if one.name == "probability_vector"}
    classes = [one.type.classes if isinstance(one.type, Label) else () for one in labels]
    places = [
        {value: place for place, value in enumerate(one.type.values)} if isinstance(one.type, Label) else {}
        for one in labels
    ]

    def predicted(answers: Answers) -> Table:
        columns = ([at[value] for value in one.column(answers, {})] for one, at in zip(labels, places, strict=True))
        return np.array(list(columns)).T

    def metrics(targets: Table, answers: Answers, names: Sequence[str]) -> dict[str, float]:
        given = predicted(answers)

        def of(place: int) -> dict[str, float]:
            right, vector = targets[:, place], vectors.get(labels[place].target)
            found = {
                "accuracy": accuracy_score(right, given[:, place]),
                "f1_macro": f1_score(right, given[:, place], average="macro"),
            }
            if vector is not None:
                probabilities = np.array(vector.column(answers, {}))
                found["log_loss"] = log_loss(right, probabilities, labels=range(probabilities.shape[1]))
            return found

        return ({"accuracy": _all_right(targets, given)} if len(labels) > 1 else {}) | _of_each(names, of)

    readers = tuple(_class({str(one.raw): place for place, one in enumerate(known)}) for known in classes)
    scored = tuple({method for one in labels for method in one.methods})
    every = tuple({*scored, *(method for one in vectors.values() for method in one.methods)})
    return Measure("class of the model", readers, every, scored, predicted, _all_right, metrics)


def _of_each(names: Sequence[str], of: Callable[[int], Mapping[str, float]]) -> dict[str, float]:
    """Return the metrics of each target; where there are several, their names say of which they are."""
    if len(names) == 1:
        return {metric: float(value) for metric, value in of(0).items()}
    return {
        f"{metric} of {name}": float(value) for place, name in enumerate(names) for metric, value in of(place).items()
    }


def _all_right(targets: Table, given: Table) -> float:
    """Return the share of the rows of which all targets are right."""
    return float((targets == given).all(axis=1).mean())


def _class(places: Mapping[str, int]) -> Callable[[Any], float | None]:
    return lambda cell: places.get(str(cell))


def _number(cell: Any) -> float | None:
    try:
        number = float(cell)
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) else None


_TRUTH: Final = {"true": 1, "1": 1, "1.0": 1, "false": 0, "0": 0, "0.0": 0}


def _truth(cell: Any) -> float | None:
    return _TRUTH.get(str(cell).lower())
