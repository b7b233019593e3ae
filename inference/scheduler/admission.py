"""Who may wait: a call that finds no room, or cannot be answered in time, is refused before it costs anything."""

from __future__ import annotations

import math
from typing import NamedTuple

from inference.cost import Cost
from inference.errors import Overloaded, RefusalReason
from inference.info import Limits
from inference.scheduler.batch_size import most_batch_rows


class Load(NamedTuple):
    """What a model has to do."""

    waiting_calls: int
    waiting_rows: int
    free_in: float
    """In how many seconds a batch can be cut."""


def check_room(count: int, load: Load, limits: Limits, cost: Cost, side_by_side: int = 1) -> None:
    """Check that a call of `count` rows can wait beside this load, and be answered by its deadline.

    `side_by_side` is how many batches run at once. Raises Overloaded. Where nothing waits, every call has room, however
    many rows it has; where nothing works, too, it is always let in, for a cost that was learned wrongly would otherwise
    never be corrected.
    """
    too_many = load.waiting_rows + count - limits.max_queued_rows
    if too_many > 0 and load.waiting_rows:
        seconds = load.free_in + _seconds(min(too_many, load.waiting_rows), cost, side_by_side)
        why = f"{load.waiting_rows} rows wait already, and at most {limits.max_queued_rows} may"
        raise Overloaded(why, seconds, RefusalReason.QUEUE_FULL)
    if load.free_in + _seconds_one_by_one(load.waiting_rows + count, cost) <= limits.deadline_seconds:
        return  # as nearly always, and quicker to tell
    seconds = expected_seconds(count, load, cost, side_by_side)
    if seconds > limits.deadline_seconds and (load.waiting_rows or load.free_in > 0):
        late = limits.deadline_seconds * 1000
        why = f"it would take about {seconds * 1000:.0f} ms, and its deadline is {late:.0f} ms"
        raise Overloaded(why, seconds - limits.deadline_seconds, RefusalReason.TOO_LATE)


def expected_seconds(count: int, load: Load, cost: Cost, side_by_side: int = 1) -> float:
    """Return in how many seconds a call of `count` rows is expected to be answered.

    Callers take turns, so until the last of its rows is computed, no other has more than about as many before it.
    """
    before = min(load.waiting_rows, load.waiting_calls * count)
    return load.free_in + _seconds(before, cost, side_by_side) + _seconds(count, cost, side_by_side)


def _seconds_one_by_one(rows: int, cost: Cost) -> float:
    """Return how long rows take in batches of one row: never less than in larger ones."""
    return rows * (cost.call_seconds + cost.row_seconds)


def _seconds(rows: int, cost: Cost, side_by_side: int) -> float:
    batches = math.ceil(rows / most_batch_rows(cost))
    return (batches * cost.call_seconds + rows * cost.row_seconds) / side_by_side
