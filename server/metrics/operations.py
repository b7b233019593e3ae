"""Counts GraphQL operations by their name, the model that they ask, and the lane that answers."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable
from enum import StrEnum

from inference.statistics.cells import Cells, Row, observe
from inference.statistics.family import SECONDS_BOUNDS
from schema.asked import OTHER, Asked
from server.metrics.families import OPERATION_SECONDS, OPERATIONS

MOST_NAMES = 100
"""How many operation names have numbers of their own; later ones are counted together.

Clients choose them, and Prometheus keeps all that it ever saw.
"""


class Lane(StrEnum):
    """What executed an operation."""

    PLAN = "plan"
    """A plan that was made of it before."""
    REFERENCE = "reference"
    """The whole of GraphQL, as its library executes it."""


class Outcome(StrEnum):
    """What became of an operation."""

    OK = "ok"
    PARTIAL = "partial"
    """Data, and errors."""
    FAILED = "failed"
    """It was executed, and every field at its root is null."""
    REFUSED = "refused"
    """It was not executed."""


class OperationStatistics:
    """What is counted of operations. To be used from one event loop only.

    An operation that is refused lends its name to nothing: only executed ones have numbers of their own.
    """

    def __init__(self, cells: Cells, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._cells = cells
        self._names = {OTHER}
        self._rows: dict[tuple[Asked, Outcome, Lane], tuple[Row, Row]] = {}
        self._usual: dict[Asked, tuple[Row, Row]] = {}
        """Those of operations that a plan answers without an error: enums are slow to look up."""
        self._last: tuple[Asked, Outcome, Lane, tuple[Row, Row]] | None = None
        """Those of the last one that was answered otherwise: many are refused one after another."""

    def answered(self, asked: Asked, outcome: Outcome, since: float, lane: Lane = Lane.REFERENCE) -> None:
        """Count an operation that came at `since`."""
        if lane is Lane.PLAN and outcome is Outcome.OK:
            count, seconds = self._usual.get(asked) or self._found(asked, outcome, lane)
        else:
            count, seconds = self._unusual(asked, outcome, lane)
        count[0] += 1
        observe(seconds, SECONDS_BOUNDS, self.clock() - since)

    def refused(self, asked: Asked, outcome: Outcome, operations: int) -> None:
        """Count operations for which a model had no room, and which were answered as soon as they came."""
        count, seconds = self._unusual(asked, outcome, Lane.PLAN)
        count[0] += operations
        seconds[bisect_left(SECONDS_BOUNDS, 0.0)] += operations

    def _unusual(self, asked: Asked, outcome: Outcome, lane: Lane) -> tuple[Row, Row]:
        last = self._last
        if last and last[0] is asked and last[1] is outcome and last[2] is lane:
            return last[3]
        rows = self._rows.get((asked, outcome, lane)) or self._found(asked, outcome, lane)
        self._last = asked, outcome, lane, rows
        return rows

    def _found(self, asked: Asked, outcome: Outcome, lane: Lane) -> tuple[Row, Row]:
        name = self._name(asked.operation, outcome)
        labels = (name, asked.model, lane.value)
        rows = self._cells.row(OPERATIONS, *labels, outcome.value), self._cells.row(OPERATION_SECONDS, *labels)
        if name == asked.operation:  # the names of others have no end
            self._rows[asked, outcome, lane] = rows
            if lane is Lane.PLAN and outcome is Outcome.OK:
                self._usual[asked] = rows
        return rows

    def _name(self, name: str, outcome: Outcome) -> str:
        if name not in self._names:
            if outcome is Outcome.REFUSED or len(self._names) > MOST_NAMES:
                return OTHER
            self._names.add(name)
        return name
