"""Who may wait: a call that finds no room, or cannot be answered in time, is refused before it costs anything."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from inference.cost import Cost
from inference.errors import ModelUnavailable, Overloaded, RefusalReason
from inference.info import Limits
from inference.scheduler.batch_size import most_batch_rows
from inference.scheduler.refusals import Refusals, Returns
from inference.scheduler.turns import STRETCH_ROWS

WAITING_PART: Final = 0.5
"""Of its time, a call may be expected to wait this part. The other is for what was not expected: if the queue were as
long as the deadlines allow, all calls would be late as soon as something takes longer than it did."""

_MOST_CALLS: Final = 32
"""Where the event loop is so late that nobody else would have room, a batch that is due has it for so many calls."""
_LEAST_CALLS: Final = 8
"""Where it is later than their deadline."""


class Load(NamedTuple):
    """What a model has to do."""

    waiting_calls: int
    waiting_rows: int
    free_in: float
    """In how many seconds a batch can be cut."""


class Admission:
    """Lets calls of one queue in, and remembers who was not. All times are in seconds, on one clock."""

    def __init__(self, limits: Limits, side_by_side: int) -> None:
        self._limits = limits
        self._side_by_side = side_by_side
        self._few_rows, self._short_seconds = 0, short_seconds(limits)
        self._late_since: float | None = None
        """Since when the event loop is so late that calls are refused for that."""
        self._late_asked = 0.0
        """When a call last found it so."""
        self._refusals = Refusals()
        self._returns = Returns(limits.deadline_seconds)

    def learn(self, cost: Cost) -> None:
        """Take note of what calls cost now."""
        self._few_rows = few_rows(self._limits, cost)

    def has_room(self, calls: int, rows: int, late: float, now: float) -> bool:
        """Tell whether one call more has room in a batch that is due: quicker to tell than by `check`.

        So many `calls` wait, with so many `rows` together with the one that comes; the event loop is so many seconds
        `late`.
        """
        if rows > self._few_rows:
            return False
        if late <= WAITING_PART * self._limits.deadline_seconds:
            self._late_since = None
            return late <= self._short_seconds
        return self._late_for(now) > self._limits.deadline_seconds and calls < calls_in_any_case(late, self._limits)

    def _late_for(self, now: float) -> float:
        """Return for how long the event loop has been late, which it is now, without a deadline's time of silence."""
        if self._late_since is None or now - self._late_asked > self._limits.deadline_seconds:
            self._late_since = now
        self._late_asked = now
        return now - self._late_since

    def check(self, count: int, load: Load, cost: Cost, now: float) -> None:
        """Check that a call of `count` rows has room. Raises Overloaded, which says when to come again."""
        refused = refusal(count, load, self._limits, cost, self._side_by_side)
        if refused is not None:
            full = most_batch_rows(cost)
            each = count * cost.seconds(full) / full / self._side_by_side
            raise self._returns.put_off(refused, each, now)

    def refused_lately(self, now: float) -> bool:
        """Tell whether a refusal holds that others may be given."""
        return self._refusals.hold(now)

    def known(self, count: int, now: float) -> Overloaded | None:
        """Return the refusal of a call of `count` rows where one holds."""
        error = self._refusals.known(count, now)
        if error is not None:
            self._returns.more(1)
        return error

    def stands(self, refused: Overloaded, count: int, now: float) -> bool:
        """Tell whether this refusal holds for a call of `count` rows. If it is given, tell `given`."""
        return self._refusals.stands(refused, count, now)

    def given(self, calls: int) -> None:
        """Take note that the last refusal was given to others."""
        self._returns.more(calls)

    def note(self, refused: Overloaded, count: int, now: float) -> None:
        """Let the refusal of a call of `count` rows hold, for others as well."""
        self._refusals.note(refused, count, now)

    def forget(self) -> None:
        """Let the last refusal hold no longer, for what waited is answered."""
        self._refusals.forget()


def refusal(count: int, load: Load, limits: Limits, cost: Cost, side_by_side: int = 1) -> Overloaded | None:
    """Return the refusal of a call of `count` rows; None where it can wait beside this load, and be answered in time.

    `side_by_side` is how many batches run at once. Where nothing waits, every call has room, however
    many rows it has; where nothing works, too, it is always let in, for a cost that was learned wrongly would otherwise
    never be corrected.
    """
    too_many = load.waiting_rows + count - limits.max_queued_rows
    if too_many > 0 and load.waiting_rows:
        seconds = load.free_in + _seconds(min(too_many, load.waiting_rows), cost, side_by_side)
        why = f"{load.waiting_rows} rows wait already, and at most {limits.max_queued_rows} may"
        return Overloaded(why, max(seconds, _late(count, load, limits, cost, side_by_side)), RefusalReason.QUEUE_FULL)
    most = load.free_in + _seconds_one_by_one(2 * load.waiting_rows + count, cost)
    if most <= WAITING_PART * limits.deadline_seconds:
        return None  # as nearly always, and quicker to tell
    if not load.waiting_rows and load.free_in <= 0:
        return None
    late = _late(count, load, limits, cost, side_by_side)
    if late > 0:
        wait = expected_wait(count, load, cost, side_by_side)
        seconds = wait + _seconds(count, cost, side_by_side)
        expected = f"it would take about {seconds * 1000:.0f} ms, {wait * 1000:.0f} of them to wait"
        why = f"{expected}, and its deadline is {limits.deadline_seconds * 1000:.0f} ms"
        return Overloaded(why, late, RefusalReason.TOO_LATE)
    return None


def stopping() -> ModelUnavailable:
    """Return the refusal of all calls from now on."""
    error = ModelUnavailable("The server is stopping.")
    error.refusal = RefusalReason.STOPPING
    return error


def few_rows(limits: Limits, cost: Cost) -> int:
    """Return with how many rows altogether there is room in any case, if they are free to go in `short_seconds`."""
    seconds = WAITING_PART * limits.deadline_seconds - short_seconds(limits)
    return min(limits.max_queued_rows, int(seconds / max(2 * (cost.call_seconds + cost.row_seconds), 1e-9)))


def calls_in_any_case(late: float, limits: Limits) -> int:
    """Return how many calls have room in a batch that is due, although the event loop is late and has been for long.

    Those who are refused come again. With thousands of them, the event loop is late with nothing but refusals: if all
    were refused, it would be so for as long as they come. The less is left of the deadline, the fewer have room.
    """
    left = 1 - late / limits.deadline_seconds
    return max(_LEAST_CALLS, round(_MOST_CALLS * min(left / (1 - WAITING_PART), 1)))


def short_seconds(limits: Limits) -> float:
    """Return a time to wait that is only a small part of a call's."""
    return WAITING_PART / 2 * limits.deadline_seconds


def _late(count: int, load: Load, limits: Limits, cost: Cost, side_by_side: int) -> float:
    """Return by how many seconds a call would be late, or would wait for too long; negative where it would not."""
    wait = expected_wait(count, load, cost, side_by_side)
    seconds = wait + _seconds(count, cost, side_by_side)
    return max(wait - WAITING_PART * limits.deadline_seconds, seconds - limits.deadline_seconds)


def is_crowded(load: Load, limits: Limits, cost: Cost) -> bool:
    """Tell whether this load may leave no room for a call that is no larger than what waits."""
    if load.waiting_rows > limits.max_queued_rows / 2:
        return True
    return load.free_in + _seconds_one_by_one(2 * load.waiting_rows, cost) > WAITING_PART * limits.deadline_seconds / 2


def expected_wait(count: int, load: Load, cost: Cost, side_by_side: int = 1) -> float:
    """Return how many seconds are expected to go into other calls until one of `count` rows is answered.

    Until the last of its rows is computed, no other call has more than about as many before it. Those of one size are
    computed one after another. Large ones take turns, so that what waits, and what comes meanwhile, is before it.
    """
    before_it = load.waiting_rows if count <= STRETCH_ROWS else 2 * load.waiting_rows
    return load.free_in + _seconds(min(before_it, load.waiting_calls * count), cost, side_by_side)


def time_to_allow(rows: int, cost: Cost) -> float:
    """Return how many seconds a call must have left to be in the next batch of a queue in which so many rows wait.

    Twice what the batch is expected to take. Where more comes than can be done, the oldest calls are first, and those
    who can just be in time are late as soon as a batch takes longer than expected, as are all who follow them: the
    model would work in vain for as long as the load lasts.
    """
    return 2 * cost.seconds(min(rows, most_batch_rows(cost)))


def _seconds_one_by_one(rows: int, cost: Cost) -> float:
    """Return how long rows take in batches of one row: never less than in larger ones."""
    return rows * (cost.call_seconds + cost.row_seconds)


def _seconds(rows: int, cost: Cost, side_by_side: int) -> float:
    batches = math.ceil(rows / most_batch_rows(cost))
    return (batches * cost.call_seconds + rows * cost.row_seconds) / side_by_side
