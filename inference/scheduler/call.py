"""One caller's rows on their way through a queue, and what comes back for them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from inference.errors import RowError
from inference.outputs.output import Column, OutputRequest
from inference.scheduler.wish import Wish


@dataclass(frozen=True, slots=True)
class CallResult:
    """What a model answered for some rows."""

    columns: dict[OutputRequest, Column]
    """One value per row, None where the row has an error."""
    errors: tuple[RowError, ...]
    """By row, each with its place among these rows."""


@dataclass(slots=True, eq=False)
class Call:
    """Rows that passed every check, what is wanted of them, and who waits for it."""

    columns: Sequence[Sequence[Any]]
    """One column per feature."""
    count: int
    wish: Wish
    future: asyncio.Future[CallResult]
    """Resolved on the event loop; done, too, where the caller no longer waits."""
    deadline: float
    """In the event loop's time."""
    arrived: float
    """When it came, on the clock of ModelStatistics."""
    lone_failures: int = 0
    """How many model calls raised that were made for rows of this call alone."""
    _answered: int = 0
    _placed: dict[OutputRequest, Column] = field(default_factory=dict)
    _errors: list[RowError] = field(default_factory=list)

    def accept(self, start: int, count: int, result: CallResult) -> bool:
        """Take what came for some of its rows, from `start` on, in any order; tell whether that was the last of it.

        The caller gets all of it together, with errors in the order of the rows.
        """
        if count == self.count:
            self._resolve(result)
            return True
        if not self._answered:
            self._placed = {wanted.request: [None] * self.count for wanted in self.wish.outputs}
        for request, column in result.columns.items():
            self._placed[request][start : start + count] = column
        self._errors += [RowError(start + one.index, one.code, one.message, one.field) for one in result.errors]
        self._answered += count
        if self._answered < self.count:
            return False
        self._errors.sort(key=lambda error: error.index)
        self._resolve(CallResult(self._placed, tuple(self._errors)))
        return True

    def _resolve(self, result: CallResult) -> None:
        if not self.future.done():
            self.future.set_result(result)


class Part(NamedTuple):
    """Some rows of a call that stand behind each other: what a batch is made of."""

    call: Call
    start: int
    rows: int

    @property
    def columns(self) -> Sequence[Sequence[Any]]:
        """The values of these rows, one column per feature."""
        if self.rows == self.call.count:
            return self.call.columns
        return [column[self.start : self.start + self.rows] for column in self.call.columns]

    def split(self, first: int) -> tuple[Part, Part]:
        """Return the first so many rows, and the others."""
        return Part(self.call, self.start, first), Part(self.call, self.start + first, self.rows - first)


def spread(column: Column, rows: Sequence[int], count: int) -> Column:
    """Put the values of some rows at their places among `count` rows; the others have None."""
    placed: Column = [None] * count
    for row, value in zip(rows, column, strict=True):
        placed[row] = value
    return placed
