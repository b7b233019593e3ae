"""Where numbers stand while they grow: rows of cells, one row for each combination of a family's labels."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeAlias

from inference.statistics.family import Family

Row: TypeAlias = "memoryview[float]"
"""Written in place by whoever counts; as long as its family has cells."""

RowKey: TypeAlias = tuple[str, ...]
"""A family's name, and the values of its labels in their order."""


class Cells(Protocol):
    """Rows of numbers. Only the event loop's thread writes; any thread may read."""

    def row(self, family: Family, *labels: str) -> Row:
        """Return the row of this process, made of zeros where there is none yet."""

    def total(self, family: Family, *labels: str) -> Sequence[float]:
        """Return the row of all processes together, zeros where nobody has counted."""

    def totals(self, keys: Iterable[RowKey] | None = None) -> Mapping[RowKey, Sequence[float]]:
        """Return those rows of all processes together that there are: of some keys, or all."""


class ProcessCells:
    """The cells of a server that is one process."""

    def __init__(self) -> None:
        self._rows: dict[RowKey, Row] = {}

    def row(self, family: Family, *labels: str) -> Row:
        """Return the row, made of zeros where there is none yet."""
        key = (family.name, *labels)
        if key not in self._rows:
            self._rows[key] = zeros(family.cells)
        return self._rows[key]

    def total(self, family: Family, *labels: str) -> Sequence[float]:
        """Return a copy of the row, zeros where nobody has counted."""
        key = (family.name, *labels)
        return self.totals([key]).get(key, [0.0] * family.cells)

    def totals(self, keys: Iterable[RowKey] | None = None) -> Mapping[RowKey, Sequence[float]]:
        """Return a copy of those rows that there are: of some keys, or all."""
        rows = self._rows.copy()  # in one step, as another thread may add to it
        return {key: rows[key].tolist() for key in (rows if keys is None else keys) if key in rows}


def zeros(count: int) -> Row:
    """Return a row that no other process sees."""
    return memoryview(array("d", bytes(8 * count)))


def observe(row: Row, bounds: tuple[float, ...], value: float) -> None:
    """Count a value in a histogram's row."""
    row[bisect_left(bounds, value)] += 1
    row[-1] += value


def observe_all(row: Row, bounds: tuple[float, ...], values: Sequence[float]) -> None:
    """Count several values in a histogram's row."""
    for value in values:
        row[bisect_left(bounds, value)] += 1
    row[-1] += sum(values)
