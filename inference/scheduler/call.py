"""One caller's rows on their way through a queue, and what comes back for them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from inference.errors import RowError
from inference.outputs.output import AnyColumn, Categorical, Column, OutputRequest, as_list
from inference.scheduler.wish import Wish

logger = logging.getLogger(__name__)


class CallResult(NamedTuple):
    """What a model answered for some rows. A tuple, because one is made for each call."""

    columns: dict[OutputRequest, AnyColumn]
    """One value per row, None where the row has an error."""
    errors: tuple[RowError, ...]
    """By row, each with its place among these rows."""


Done = Callable[[CallResult | Exception], None]
"""Is told what came of a call: its answer, or why there is none."""


@dataclass(slots=True, eq=False)
class Call:
    """Rows that passed every check, what is wanted of them, and who waits for it."""

    columns: Sequence[Sequence[Any]]
    """One column per feature."""
    count: int
    wish: Wish
    done: Done | None
    """Called once, on the event loop; None from then on, or where the caller no longer waits."""
    deadline: float
    """In the event loop's time."""
    arrived: float
    """When it came, on the clock of ModelStatistics."""
    lone_failures: int = 0
    """How many model calls raised that were made for rows of this call alone."""
    _parts: list[tuple[int, CallResult]] | None = None
    """What was answered of some of its rows, by the first of them."""
    _answered: int = 0

    def accept(self, start: int, count: int, result: CallResult) -> bool:
        """Take what came for some of its rows, from `start` on, in any order; tell whether that was the last of it.

        The caller gets all of it together, with errors in the order of the rows.
        """
        if count == self.count:
            self.end(result)
            return True
        self._parts = [*(self._parts or ()), (start, result)]
        self._answered += count
        if self._answered < self.count:
            return False
        self.end(_together(sorted(self._parts, key=itemgetter(0))))
        return True

    def end(self, outcome: CallResult | Exception) -> None:
        """Tell its caller what came of it, where one waits. Whatever a caller raises is no other's business."""
        done, self.done = self.done, None
        if done is None:
            return
        try:
            done(outcome)
        except Exception:
            logger.exception("A caller cannot take what came of its call")


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


def _together(parts: Sequence[tuple[int, CallResult]]) -> CallResult:
    """Put what was answered of a call's parts behind each other."""
    columns = {request: joined([result.columns[request] for _, result in parts]) for request in parts[0][1].columns}
    errors = [replace(one, index=start + one.index) for start, result in parts for one in result.errors]
    return CallResult(columns, tuple(errors))


def joined(columns: Sequence[AnyColumn]) -> AnyColumn:
    """Put columns of one output behind each other: an array where all of them are."""
    arrays = [column for column in columns if isinstance(column, np.ndarray)]
    if len(arrays) == len(columns):
        return np.concatenate(arrays)
    coded = [column for column in columns if isinstance(column, Categorical)]
    if len(coded) == len(columns):
        return Categorical(np.concatenate([column.codes for column in coded]), coded[0].categories)
    return list(chain.from_iterable(map(as_list, columns)))


def spread(column: AnyColumn, rows: Sequence[int], count: int) -> Column:
    """Put the values of some rows at their places among `count` rows; the others have None."""
    placed: Column = [None] * count
    for row, value in zip(rows, as_list(column), strict=True):
        placed[row] = value
    return placed
