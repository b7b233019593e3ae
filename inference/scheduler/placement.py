"""Where a batch runs: on the event loop where that is quick, for a thread would cost more, else in a thread."""

from __future__ import annotations

from typing import Final

from inference.cost import Cost
from inference.scheduler.batch_size import MOST_BATCH_ROWS
from inference.scheduler.learned_cost import LearnedCost

IN_PLACE_SECONDS: Final = 0.001
"""A batch that is expected to be quicker than this runs on the event loop."""

FEW_TURNS: Final = 4
"""Work for so many such batches is done on the event loop, too, with a turn for others between."""
MOSTLY_ROWS: Final = 4
"""The rows of each must take so many times as long as its call: else more calls would cost more than a thread."""


def runs_in_place(cost: Cost) -> bool:
    """Tell whether a call of one row is made on the event loop."""
    return cost.seconds(1) <= IN_PLACE_SECONDS


def most_rows_in_place(cost: Cost) -> int:
    """Return the rows of the largest batch that runs on the event loop; 0 where none does."""
    left = IN_PLACE_SECONDS - cost.call_seconds
    if left < 0:
        return 0
    return MOST_BATCH_ROWS if cost.row_seconds * MOST_BATCH_ROWS <= left else int(left / cost.row_seconds)


class Placement:
    """Knows how long batches take on the event loop.

    A batch in a thread takes longer than it would there, for it competes with the event loop: so it corrects what is
    known only where it took less than expected.
    """

    def __init__(self, start: Cost) -> None:
        self._cost = LearnedCost(start)

    def in_place(self, rows: int) -> bool:
        """Tell whether a batch of so many rows is to run on the event loop."""
        return self._cost.seconds(rows) <= IN_PLACE_SECONDS

    def most_rows(self, waiting: int) -> int | None:
        """Return how many rows to take at once where what waits is done in a few turns of the event loop, else None.

        A thread would take all at once, but cost more, and hold the event loop up as long for what is Python's.
        """
        cost = self._cost.now
        most = most_rows_in_place(cost)
        is_worth_it = most * cost.row_seconds >= MOSTLY_ROWS * cost.call_seconds
        return most if is_worth_it and most < waiting <= FEW_TURNS * most else None

    def took_in_place(self, rows: int, seconds: float) -> None:
        """Learn from a batch that ran on the event loop."""
        self._cost.observe(rows, seconds)

    def took_in_thread(self, rows: int, seconds: float) -> None:
        """Learn from a batch that ran in a thread."""
        if seconds < self._cost.seconds(rows):
            self._cost.observe(rows, seconds)
