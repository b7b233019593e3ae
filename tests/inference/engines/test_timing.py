"""How much faster one engine is than another is measured in turns, so that a disturbance says nothing."""

from __future__ import annotations

import time

import pytest

from inference.engines.native import NOT_SLOWER
from inference.engines.timing import compared, mean, ratio


def test_it_is_the_ratio_of_their_times() -> None:
    assert 2 < ratio(lambda: time.sleep(0.01), lambda: time.sleep(0.002)) < 6


def test_a_call_that_is_disturbed_now_and_then_is_not_called_slow() -> None:
    calls: list[int] = []

    def disturbed() -> None:
        calls.append(1)
        time.sleep(0.05 if len(calls) % 4 == 0 else 0.002)

    assert 0.3 < ratio(lambda: time.sleep(0.002), disturbed) < 2


def test_an_engine_is_not_found_slower_than_itself() -> None:
    def work() -> int:
        return sum(range(2000))

    assert ratio(work, work) > NOT_SLOWER / 2


def test_what_is_seldom_disturbed_has_least_times_that_say_so() -> None:
    calls: list[int] = []

    def disturbed() -> None:
        calls.append(1)
        time.sleep(0.002 if len(calls) % 4 == 0 else 0.03)

    found = compared(lambda: time.sleep(0.002), disturbed)
    assert found.usual < NOT_SLOWER
    assert found.undisturbed > found.usual * 2


def test_long_calls_are_made_a_few_times_only() -> None:
    calls: list[int] = []

    def long() -> None:
        calls.append(1)
        time.sleep(0.11)

    ratio(long, lambda: None)
    assert len(calls) == 4


def test_ratios_are_averaged_as_ratios() -> None:
    assert mean([4.0, 1 / 4]) == pytest.approx(1)
