"""What is quick runs on the event loop: how many rows that are follows from what a call and a row cost."""

from __future__ import annotations

import pytest

from inference.cost import Cost
from inference.scheduler.batch_size import MOST_BATCH_ROWS
from inference.scheduler.placement import FEW_TURNS, Placement, most_rows_in_place, runs_in_place


@pytest.mark.parametrize(
    ("call_ms", "row_ms", "expected"),
    [(0.5, 0.125, 4), (0.5, 0.75, 0), (2.0, 0.0, 0), (0.5, 0.0, MOST_BATCH_ROWS), (0.0, 0.0001, MOST_BATCH_ROWS)],
)
def test_the_largest_batch_on_the_event_loop_takes_a_millisecond(call_ms: float, row_ms: float, expected: int) -> None:
    cost = Cost(call_ms / 1000, row_ms / 1000)
    assert most_rows_in_place(cost) == expected
    assert runs_in_place(cost) == (expected > 0)
    placement = Placement(cost)
    assert not placement.in_place(expected + 1) or expected == MOST_BATCH_ROWS
    assert expected == 0 or placement.in_place(expected)


@pytest.mark.parametrize(
    ("call_ms", "row_ms", "waiting", "expected"),
    [
        (0.1, 0.001, 900, None),  # all at once
        (0.1, 0.001, 901, 900),
        (0.1, 0.001, FEW_TURNS * 900, 900),
        (0.1, 0.001, FEW_TURNS * 900 + 1, None),  # too much for the event loop
        (0.5, 0.01, 100, None),  # half of each turn would go into calls
        (2.0, 0.01, 100, None),  # not even one row is quick
    ],
)
def test_what_waits_is_done_in_a_few_turns_of_the_event_loop_where_that_is_worth_it(
    call_ms: float, row_ms: float, waiting: int, expected: int | None
) -> None:
    assert Placement(Cost(call_ms / 1000, row_ms / 1000)).most_rows(waiting) == expected
