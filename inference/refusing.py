"""Calls are refused before their rows are read, where a model has no room: that is most of what they would cost."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Final

from inference.errors import ModelUnavailable, Overloaded
from inference.scheduler.pause import Pauses
from inference.scheduler.queue import ModelQueue
from inference.statistics.tally import Tally

REFUSING_SECONDS: Final = 1.0
"""For so long after a refusal, others are expected."""


class Refusing:
    """What all models of a service refuse. All times are in seconds, on the clock of ModelStatistics."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = 0.0
        self._pauses = Pauses()

    @property
    def is_expected(self) -> bool:
        """Whether a call found no room lately, so that it is worth asking for a `refusal` before rows are read."""
        return self._clock() < self._until

    def note(self, queue: ModelQueue, now: float) -> None:
        """Take note of a call that was refused."""
        self._until = now + REFUSING_SECONDS
        if queue.running:
            self._pauses.one()

    def refusal(self, queue: ModelQueue, rows: Callable[[], int]) -> Refusal | None:
        """Return, and count, the refusal of a call; None for one that is to be made.

        `rows` tells how many it has, and is asked only where so much waits that this matters.
        """
        now = queue.statistics.clock()
        queue.look(now)
        if not (queue.admission.refused_lately(now) or queue.is_crowded()):
            return None
        count = rows()
        if not 0 < count <= queue.limits.max_rows:
            return None
        error = queue.admission.known(count, now)
        if error is None:
            try:
                queue.let_in(count)
            except Overloaded as refused:
                error = refused
                queue.admission.note(error, count, now)
            except ModelUnavailable:
                pass
        if error is None:
            return None
        queue.statistics.failed(count, error, now)
        self.note(queue, now)
        return Refusal(error, queue, self)


class Refusal:
    """A call that was refused; others may be with the same words, until there is room again."""

    __slots__ = ("_queue", "_refusing", "_tally", "error")

    def __init__(self, error: Overloaded, queue: ModelQueue, refusing: Refusing) -> None:
        self.error, self._queue, self._refusing = error, queue, refusing
        self._tally = Tally(partial(_count, queue, error))

    def holds(self, now: float) -> bool:
        """Tell whether others may be refused `again`."""
        self._queue.look(now)
        return self._queue.admission.refused_lately(now)

    def again(self, count: int, now: float) -> bool:
        """Refuse a call of so many rows as well, and count it; False where there may be room for it."""
        queue = self._queue
        if not (queue.admission.stands(self.error, count, now) and 0 < count <= queue.limits.max_rows):
            return False
        self._tally.one(count)
        self._refusing.note(queue, now)
        return True


def _count(queue: ModelQueue, error: Overloaded, calls: int, rows: int) -> None:
    """Count calls that were refused with the same words, and the rows that they had together."""
    queue.admission.given(calls)
    queue.statistics.refused(calls, rows, error)
