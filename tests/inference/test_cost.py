"""What a model call costs is measured with few rows and with many."""

from __future__ import annotations

import time

from inference.cost import FEW, MANY, REPEATS, Cost, measure


def test_a_call_costs_a_constant_and_a_slope() -> None:
    cost = Cost(call_seconds=0.5, row_seconds=0.25)
    assert [cost.seconds(rows) for rows in (0, 1, 4)] == [0.5, 0.75, 1.5]


def test_both_are_measured() -> None:
    cost = measure(lambda rows: time.sleep(0.01 + 0.0005 * rows))
    assert cost.seconds(FEW) >= 0.0105
    assert cost.seconds(MANY) >= 0.042
    assert cost.row_seconds > 0


def test_a_call_that_is_quicker_with_many_rows_has_no_negative_slope() -> None:
    cost = measure(lambda rows: time.sleep(0.01 / rows))
    assert cost.row_seconds == 0
    assert cost.call_seconds > 0


def test_few_and_many_rows_are_tried_some_times_each() -> None:
    tried: list[int] = []
    measure(tried.append)
    assert sorted(tried) == [FEW] * REPEATS + [MANY] * REPEATS
