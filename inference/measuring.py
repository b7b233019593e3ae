"""Measures a model on rows whose targets are known: metrics, and how much each feature counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score, log_loss, mean_absolute_error, r2_score, root_mean_squared_error

from inference.card import Task
from inference.errors import TableError
from inference.model import LoadedModel
from inference.outputs.answers import PREDICT, PREDICT_PROBA
from inference.outputs.classification import class_index
from inference.outputs.output import FLOAT
from inference.signature.checks import check_rows
from inference.tables.inputs import find_inputs
from inference.tables.known import table_format

MOST_ROWS: Final = 10_000
_FEWEST_ROWS: Final = 2
"""Of less, nothing can be said."""
_EXCHANGED_ROWS: Final = 1000
_REPEATS: Final = 5
_MOST_FEATURES: Final = 64
"""More features than these are not exchanged one by one."""


@dataclass(frozen=True, slots=True)
class Measured:
    """How good a model is on the rows that were given."""

    rows: int
    metrics: dict[str, float]
    importances: dict[str, float]
    """By how much the score falls where a feature's values are exchanged; empty for a model of one feature."""


@dataclass(frozen=True, slots=True)
class _Given:
    """Rows that a model takes, and their targets: places of classes, or numbers."""

    columns: list[list[Any]]
    targets: NDArray[Any]


def read_column(path: Path, name: str | None) -> list[Any]:
    """Read the first values of a column of a table, of its only one where none is named. Raises TableError."""
    with table_format(path).read(path) as table:
        if name is None and len(table.names) != 1:
            why = f"it has {len(table.names)} columns"
            raise TableError(path, why, "Keep the one with the targets, or put it into the sample and name it")
        names = (table.names[0] if name is None else name,)
        return list(chain.from_iterable(chunk.columns[names[0]] for chunk in table.chunks(names)))[:MOST_ROWS]


def measure(model: LoadedModel, sample: Path, targets: Sequence[Any]) -> Measured | None:
    """Measure a classifier or regressor with one target on a sample; None for any other model.

    `targets` has one value for each of the sample's first rows. Rows that the model refuses, and those without a
    target, do not count. Raises TableError where the targets do not fit.
    """
    serving = model.serving
    if serving.task is Task.CLASSIFICATION and serving.label is not None:
        labels = {str(one.raw): place for place, one in enumerate(serving.label.classes)}
        given = _given(model, sample, targets, lambda cell: labels.get(str(cell)))
        metrics, score = _classification, accuracy_score
    elif serving.task is Task.REGRESSION and serving.outputs[0].type == FLOAT:
        given = _given(model, sample, targets, _as_number)
        metrics, score = _regression, r2_score
    else:
        return None
    count = len(given.targets)
    if count < _FEWEST_ROWS:
        return None

    def rate(columns: Sequence[Sequence[Any]]) -> float:
        rows = len(columns[0])
        return float(score(given.targets[:rows], _predicted(model, columns, rows)))

    return Measured(count, metrics(model, given), _importances(model, given, rate))


def _given(model: LoadedModel, sample: Path, targets: Sequence[Any], read: Callable[[Any], Any]) -> _Given:
    columns: list[list[Any]] = [[] for _ in model.signature.features]
    with table_format(sample).read(sample) as table:
        inputs = find_inputs(model.signature, table, sample)
        for chunk in table.chunks(inputs.names):
            for column, values in zip(columns, inputs.read(chunk), strict=True):
                column.extend(values)
            if len(columns[0]) >= len(targets):
                break
    if len(columns[0]) < len(targets) or (len(targets) < MOST_ROWS and len(columns[0]) > len(targets)):
        why = f"it has {len(columns[0])} rows, and there are {len(targets)} targets"
        raise TableError(sample, why, "Give a target for each row")
    columns = [column[: len(targets)] for column in columns]
    wrong = {error.index for error in check_rows(model.signature, columns)}
    there = [place for place, cell in enumerate(targets) if place not in wrong and cell not in {"", None}]
    read_targets = [read(targets[place]) for place in there]
    if not there or None in read_targets:
        said = repr(targets[there[read_targets.index(None)]]) if there else "nothing"
        kind = "number" if model.serving.label is None else "class of the model"
        raise TableError(sample, f"its targets hold {said}, which is no {kind}", "Name the column with the targets")
    return _Given([[column[place] for place in there] for column in columns], np.array(read_targets))


def _as_number(cell: Any) -> float | None:
    try:
        number = float(cell)
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) else None


def _predicted(model: LoadedModel, columns: Sequence[Sequence[Any]], count: int) -> NDArray[Any]:
    answer = model.ask(columns, count, [PREDICT])[PREDICT]
    label = model.serving.label
    return answer.reshape(-1) if label is None else class_index(label.classes, answer)


def _classification(model: LoadedModel, given: _Given) -> dict[str, float]:
    count = len(given.targets)
    predicted = _predicted(model, given.columns, count)
    metrics = {
        "accuracy": float(accuracy_score(given.targets, predicted)),
        "f1_macro": float(f1_score(given.targets, predicted, average="macro")),
    }
    if hasattr(model.estimator, PREDICT_PROBA):
        probabilities = model.ask(given.columns, count, [PREDICT_PROBA])[PREDICT_PROBA]
        metrics["log_loss"] = float(log_loss(given.targets, probabilities, labels=range(probabilities.shape[1])))
    return metrics


def _regression(model: LoadedModel, given: _Given) -> dict[str, float]:
    predicted = _predicted(model, given.columns, len(given.targets))
    return {
        "r2": float(r2_score(given.targets, predicted)),
        "mean_absolute_error": float(mean_absolute_error(given.targets, predicted)),
        "root_mean_squared_error": float(root_mean_squared_error(given.targets, predicted)),
    }


def _importances(
    model: LoadedModel, given: _Given, rate: Callable[[Sequence[Sequence[Any]]], float]
) -> dict[str, float]:
    features = model.signature.features
    if not 1 < len(features) <= _MOST_FEATURES:
        return {}
    columns = [column[:_EXCHANGED_ROWS] for column in given.columns]
    whole, random = rate(columns), np.random.default_rng(0)
    falls: dict[str, float] = {}
    for position, feature in enumerate(features):
        orders = [random.permutation(len(columns[0])) for _ in range(_REPEATS)]
        exchanged = ([columns[position][place] for place in order] for order in orders)
        rates = [rate([*columns[:position], column, *columns[position + 1 :]]) for column in exchanged]
        falls[feature.source] = whole - sum(rates) / _REPEATS
    return falls
