"""How much of its time some work keeps the interpreter's lock is found out by a thread that wants to wake up."""

from __future__ import annotations

import hashlib
import sys
import time

import pytest

from inference.execution.lock import MOST_SECONDS, lock_share

_BYTES = bytes(10_000_000)


def count() -> int:
    return sum(number % 7 for number in range(200_000))


def test_work_in_python_keeps_the_lock() -> None:
    assert lock_share(count) > 0.8


def test_work_that_lets_the_lock_go_does_not() -> None:
    assert lock_share(lambda: hashlib.sha256(_BYTES).digest()) < 0.4
    assert lock_share(lambda: time.sleep(0.01)) < 0.4


def test_work_that_takes_long_is_done_once() -> None:
    begun: list[float] = []

    def work() -> None:
        begun.append(time.perf_counter())
        time.sleep(MOST_SECONDS)

    lock_share(work)
    assert len(begun) == 1


def test_what_the_work_raises_is_raised_and_threads_take_turns_as_before() -> None:
    usual = sys.getswitchinterval()
    with pytest.raises(ZeroDivisionError):
        lock_share(lambda: 1 / 0)
    assert sys.getswitchinterval() == usual
