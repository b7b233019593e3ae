"""Measures a model on rows whose targets are known: metrics, and how much each feature counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inference.errors import TableError
from inference.measures import Measure, measure_of
from inference.model import LoadedModel
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

Targets = Mapping[str, Sequence[Any]]
"""The cells of each target by its name, in the order of training."""


@dataclass(frozen=True, slots=True)
class Measured:
    """How good a model is on the rows that were given."""

    rows: int
    targets: tuple[str, ...]
    """The targets' names, in the order of training."""
    metrics: dict[str, float]
    importances: dict[str, float]
    """By how much the score falls where a feature's values are exchanged; empty for a model of one feature."""


@dataclass(frozen=True, slots=True)
class _Given:
    """Rows that a model takes, and their targets: places of classes, or numbers, a column for each target."""

    columns: list[list[Any]]
    targets: NDArray[Any]


def read_targets(path: Path, names: Sequence[str]) -> Targets:
    """Read the first values of some columns of a table, of all where none is named. Raises TableError."""
    with table_format(path).read(path) as table:
        wanted = tuple(names or table.names)
        cells: dict[str, list[Any]] = {name: [] for name in wanted}
        for chunk in table.chunks(wanted):
            for name, column in cells.items():
                column.extend(chunk.columns[name])
            if len(cells[wanted[0]]) >= MOST_ROWS:
                break
    return {name: column[:MOST_ROWS] for name, column in cells.items()}


def measure(model: LoadedModel, sample: Path, targets: Targets) -> Measured | None:
    """Measure a classifier or regressor on a sample; None for any other model.

    `targets` has one value for each of the sample's first rows. Rows that the model refuses, and those without a
    target, do not count. Raises TableError where the targets do not fit.
    """
    how = measure_of(model)
    if how is None:
        return None
    given = _given(model, sample, targets, how)
    count = len(given.targets)
    if count < _FEWEST_ROWS:
        return None

    def rate(columns: Sequence[Sequence[Any]]) -> float:
        rows = len(columns[0])
        return float(how.score(given.targets[:rows], how.predicted(model.ask(columns, rows, how.scored))))

    answers = model.ask(given.columns, count, how.methods)
    metrics = how.metrics(given.targets, answers, [*targets])
    return Measured(count, (*targets,), metrics, _importances(model, given, rate))


def _given(model: LoadedModel, sample: Path, targets: Targets, how: Measure) -> _Given:
    if len(targets) != len(how.readers):
        why = f"{len(targets)} targets are given, and the model has {len(how.readers)}"
        raise TableError(sample, why, "Name all targets of the model, in the order of training")
    rows = list(zip(*targets.values(), strict=True))
    columns = _columns(model, sample, len(rows))
    wrong = {error.index for error in check_rows(model.signature, columns)}
    there = [place for place, cells in enumerate(rows) if place not in wrong and not {"", None}.intersection(cells)]
    read = [[reader(cell) for reader, cell in zip(how.readers, rows[place], strict=True)] for place in there]
    strange = next((place for place, numbers in zip(there, read, strict=True) if None in numbers), None)
    if not there or strange is not None:
        said = "nothing"
        if strange is not None:
            cells = zip(how.readers, rows[strange], strict=True)
            said = repr(next(cell for reader, cell in cells if reader(cell) is None))
        raise TableError(sample, f"its targets hold {said}, which is no {how.noun}", "Name the column with the targets")
    return _Given([[column[place] for place in there] for column in columns], np.array(read))


def _columns(model: LoadedModel, sample: Path, count: int) -> list[list[Any]]:
    """Read the first `count` rows of a sample."""
    columns: list[list[Any]] = [[] for _ in model.signature.features]
    with table_format(sample).read(sample) as table:
        inputs = find_inputs(model.signature, table, sample)
        for chunk in table.chunks(inputs.names):
            for column, values in zip(columns, inputs.read(chunk), strict=True):
                column.extend(values)
            if len(columns[0]) >= count:
                break
    if len(columns[0]) < count or (count < MOST_ROWS and len(columns[0]) > count):
        why = f"it has {len(columns[0])} rows, and there are {count} targets"
        raise TableError(sample, why, "Give a target for each row")
    return [column[:count] for column in columns]


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
