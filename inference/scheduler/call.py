"""One caller's rows on their way through a queue."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inference.errors import RowError
from inference.outputs.output import Column, Output, OutputRequest


@dataclass(frozen=True, slots=True)
class WantedOutput:
    """An output that a caller asked for, resolved to what it is made from."""

    request: OutputRequest
    output: Output


@dataclass(frozen=True, slots=True)
class CallResult:
    """What a model answered for a call's rows."""

    columns: dict[OutputRequest, Column]
    """One value per row, None where the row has an error."""
    errors: tuple[RowError, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """Rows that passed every check, what is wanted of them, and who waits for it."""

    columns: Sequence[Sequence[Any]]
    """One column per feature."""
    count: int
    wanted: tuple[WantedOutput, ...]
    future: asyncio.Future[CallResult]
    """Resolved on the event loop; cancelled where the caller no longer waits."""
    arrived: float
    """When it came, on the clock of ModelStatistics."""

    @property
    def methods(self) -> set[str]:
        """The estimator's methods that the wanted outputs are made from."""
        return {method for wanted in self.wanted for method in wanted.output.calls(wanted.request)}


def spread(column: Column, rows: Sequence[int], count: int) -> Column:
    """Put the values of some rows at their places among `count` rows; the others have None."""
    placed: Column = [None] * count
    for row, value in zip(rows, column, strict=True):
        placed[row] = value
    return placed
