"""Calls expire in the order in which they came, with one timer for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from inference.scheduler.call import Call
from inference.scheduler.deadlines import Deadlines
from inference.scheduler.wish import Wish

TICK = 0.02


class Timed(asyncio.SelectorEventLoop):
    """An event loop that counts its timers, and lets them ring too early where it is told to."""

    early = 0.0
    timers = 0

    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> asyncio.TimerHandle:  # type: ignore[override]  # not as generic as asyncio writes it
        """Set a timer."""
        self.timers += 1
        return super().call_at(when - self.early, callback, *args, context=context)


def expire_all(loop: Timed, count: int, answered: Callable[[int], bool] = lambda _: False) -> list[int]:
    """Let calls wait that expire one tick after the other, and return which did, in which order."""
    expired: list[int] = []

    def expire() -> None:
        expired.extend(calls.index(call) for call in deadlines.passed())

    deadlines = Deadlines(loop, expire)
    start = loop.time()
    calls = [Call([[0.0]], 1, Wish((), frozenset()), None, start + (place + 1) * TICK, start) for place in range(count)]
    for call in calls:
        deadlines.add(call)
    for place, call in enumerate(calls):
        if answered(place):
            deadlines.remove(call)
    loop.call_later((count + 3) * TICK, loop.stop)
    loop.run_forever()
    assert list(deadlines.calls) == []
    loop.close()
    return expired


def test_all_calls_expire_in_their_order() -> None:
    assert expire_all(Timed(), 8) == list(range(8))


def test_calls_that_are_answered_do_not_expire_and_cost_no_timer() -> None:
    loop = Timed()
    assert expire_all(loop, 20, answered=lambda place: place % 10 != 9) == [9, 19]
    assert loop.timers == 1 + 2 + 1  # the first call's, those of the two that were left, and this test's own


def test_a_timer_that_rings_too_early_is_not_the_last() -> None:
    loop = Timed()
    loop.early = TICK / 4
    assert expire_all(loop, 8) == list(range(8))


def test_nothing_has_passed_where_nobody_waits() -> None:
    loop = Timed()
    assert Deadlines(loop, lambda: None).passed() == []
    assert loop.timers == 0
    loop.close()
