"""When calls expire: one timer for all calls of a queue.

All calls to one model have the same time to be answered, so they expire in the order in which they came. A timer for
each would cost more than a small model's answer.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Collection, Iterator
from itertools import takewhile

from inference.scheduler.call import Call


class Deadlines:
    """The calls that somebody waits for, from the oldest to the newest."""

    def __init__(self, loop: asyncio.AbstractEventLoop, expire: Callable[[], None]) -> None:
        self._loop = loop
        self._expire = expire  # asks for those that have passed
        self._calls: dict[Call, None] = {}
        self._timer_at = math.inf
        self._timer: asyncio.TimerHandle | None = None
        self._has_rung = False

    @property
    def calls(self) -> Collection[Call]:
        """All calls that are not answered."""
        return self._calls.keys()

    def add(self, call: Call) -> None:
        """Watch a call's deadline, which is none before those of all others."""
        self._calls[call] = None
        if self._timer is None:
            self._set_timer(call.deadline)

    def remove(self, call: Call) -> None:
        """Watch a call no longer. The timer stays: it is cheaper to let it find nothing."""
        self._calls.pop(call, None)

    def passed(self) -> list[Call]:
        """Return, and watch no longer, the calls whose deadline has passed."""
        now = self._loop.time()
        if now < self._timer_at and not self._has_rung:
            return []
        if self._has_rung:  # perhaps a little too early: event loops round times
            now = max(now, self._timer_at)
        expired: list[Call] = []
        for call in self._calls:
            if call.deadline > now:
                break
            expired.append(call)
        for call in expired:
            del self._calls[call]
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._timer_at, self._has_rung = None, math.inf, False
        if self._calls:
            self._set_timer(next(iter(self._calls)).deadline)
        return expired

    def before(self, moment: float) -> Iterator[Call]:
        """Yield the calls whose deadline comes before a moment of the event loop's time, and go on watching them."""
        return takewhile(lambda call: call.deadline < moment, self._calls)

    def _set_timer(self, at: float) -> None:
        self._timer_at = at
        self._timer = self._loop.call_at(at, self._ring)

    def _ring(self) -> None:
        self._has_rung = True
        self._expire()
