"""Who may wait is decided from what a call costs and what waits already."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.cost import Cost
from inference.errors import ErrorCode, Overloaded
from inference.info import Limits
from inference.scheduler.admission import (
    WAITING_PART,
    Admission,
    Load,
    calls_in_any_case,
    expected_wait,
    is_crowded,
    refusal,
)
from inference.scheduler.batch_size import BATCH_SECONDS, MOST_BATCH_ROWS, most_batch_rows

LIMITS = Limits(max_rows=1000, deadline_seconds=1.0, max_queued_rows=100)
COST = Cost(0.01, 0.001)
IDLE = Load(0, 0, 0.0)


def refused(count: int, load: Load, cost: Cost = COST, limits: Limits = LIMITS) -> Overloaded:
    error = refusal(count, load, limits, cost)
    assert error is not None
    return error


def is_let_in(count: int, load: Load, limits: Limits, cost: Cost) -> bool:
    return refusal(count, load, limits, cost) is None


def test_as_many_rows_as_the_limit_may_wait_and_one_more_is_refused_with_a_time() -> None:
    assert is_let_in(60, Load(4, 40, 0.0), LIMITS, COST)
    error = refused(61, Load(4, 40, 0.005))
    assert error.code is ErrorCode.OVERLOADED
    assert error.retry_after_ms == 5 + 10 + 1  # what works now, and a call with the one row that is too many
    assert str(error) == (
        "The model has no room for this call: 40 rows wait already, and at most 100 may. Try again in 16 ms."
    )


def test_a_call_with_more_rows_than_may_wait_is_let_in_where_nothing_waits() -> None:
    assert is_let_in(500, IDLE, LIMITS, COST)
    assert is_let_in(500, Load(0, 0, 0.05), LIMITS, COST)


def test_a_call_that_cannot_be_answered_in_time_is_refused_with_the_time_by_which_it_is_late() -> None:
    slow = Cost(0.5, 0.0)
    assert is_let_in(1, Load(1, 1, 0.0), LIMITS, slow)
    error = refused(1, Load(1, 1, 0.25), slow)
    assert error.retry_after_ms == 250
    assert str(error) == (
        "The model has no room for this call: it would take about 1250 ms, 750 of them to wait, and its deadline is"
        " 1000 ms. Try again in 250 ms."
    )


def test_a_batch_that_is_due_has_room_for_some_calls_however_late_the_event_loop_is() -> None:
    lates = [part / 10 * LIMITS.deadline_seconds for part in range(int(WAITING_PART * 10), 30)]
    calls = [calls_in_any_case(late, LIMITS) for late in lates]
    assert calls[0] == 32
    assert set(calls[5:]) == {8}
    assert calls == sorted(calls, reverse=True)
    assert len(set(calls)) == 5


def test_calls_have_room_in_a_batch_that_is_due_if_they_are_quick_enough_together() -> None:
    admission = Admission(LIMITS, 1)
    assert not admission.has_room(0, 1, 0.0, 5.0), "nothing is known of what calls cost"
    admission.learn(COST)
    rows = next(rows for rows in range(1, 100) if not admission.has_room(0, rows, 0.0, 5.0)) - 1
    assert 0 < 2 * (rows + 1) * COST.seconds(1) - WAITING_PART / 2 * LIMITS.deadline_seconds <= 2 * COST.seconds(1)
    assert admission.has_room(100, rows, 0.0, 5.0)


def test_a_late_event_loop_leaves_room_for_some_only_when_it_was_late_for_longer_than_a_call_may_take() -> None:
    admission, long = Admission(LIMITS, 1), LIMITS.deadline_seconds
    admission.learn(COST)
    assert not admission.has_room(0, 1, 9.0, 5.0)
    assert not admission.has_room(0, 1, 9.0, 5.0 + long)
    assert admission.has_room(7, 1, 9.0, 5.1 + long)
    assert not admission.has_room(8, 1, 9.0, 5.1 + long)
    assert not admission.has_room(7, 99, 9.0, 5.1 + long)
    assert admission.has_room(8, 1, 0.0, 5.2 + long)
    assert not admission.has_room(7, 1, 9.0, 5.3 + long)


def test_a_late_event_loop_of_which_nobody_heard_for_long_is_late_anew() -> None:
    admission, long = Admission(LIMITS, 1), LIMITS.deadline_seconds
    admission.learn(COST)
    assert not admission.has_room(0, 1, 9.0, 5.0)
    assert not admission.has_room(0, 1, 9.0, 5.1 + long)
    assert not admission.has_room(0, 1, 9.0, 5.0 + 2 * long)
    assert admission.has_room(0, 1, 9.0, 5.2 + 2 * long)


def test_a_call_that_would_wait_for_more_than_half_of_its_time_is_refused() -> None:
    limits = Limits(max_rows=1000, deadline_seconds=1.0)
    assert is_let_in(1, Load(500, 500, 0.0), limits, Cost(0.0, 0.001))
    assert refused(1, Load(510, 510, 0.0), Cost(0.0, 0.001), limits).retry_after_ms in {10, 11}


def test_a_call_that_takes_most_of_its_time_itself_is_let_in_where_it_need_not_wait_long() -> None:
    limits = Limits(max_rows=1000, deadline_seconds=1.0)
    assert is_let_in(900, Load(0, 0, 0.05), limits, Cost(0.0, 0.001))


def test_where_nothing_works_a_call_is_let_in_although_it_seems_to_take_too_long() -> None:
    assert is_let_in(1, IDLE, LIMITS, Cost(60.0, 0.0))


def test_a_small_call_is_let_in_beside_a_large_one_that_takes_far_longer_than_the_deadline() -> None:
    limits = Limits(max_rows=100_000, deadline_seconds=1.0, max_queued_rows=200_000)
    assert is_let_in(1, Load(1, 100_000, 0.05), limits, COST)
    assert not is_let_in(100_000, Load(1, 100_000, 0.05), limits, COST)


def test_batches_side_by_side_are_taken_into_account() -> None:
    load = Load(4, 40, 0.1)
    assert expected_wait(40, load, COST, side_by_side=2) == pytest.approx(0.1 + 0.05 / 2)


@given(
    st.integers(1, 1000),
    st.builds(Load, st.integers(0, 50), st.integers(0, 200_000), st.floats(0, 10)),
    st.builds(Cost, st.floats(0, 1), st.floats(0, 1)),
)
def test_more_rows_and_more_load_are_never_expected_to_be_quicker(count: int, load: Load, cost: Cost) -> None:
    seconds = expected_wait(count, load, cost)
    slack = 1e-9 * seconds
    more = Load(load.waiting_calls + 1, load.waiting_rows + 1, load.free_in)
    assert seconds >= load.free_in
    assert expected_wait(count + 1, load, cost) >= seconds - slack
    assert expected_wait(count, more, cost) >= seconds - slack


def later(load: Load, seconds: float, cost: Cost) -> Load:
    """Return what is left of a load of calls of one size after some time in which nobody comes."""
    if seconds <= load.free_in:
        return Load(load.waiting_calls, load.waiting_rows, load.free_in - seconds)
    seconds -= load.free_in
    rows, size = load.waiting_rows, load.waiting_rows // max(1, load.waiting_calls)
    while rows:
        batch = min(rows, most_batch_rows(cost))
        rows -= batch
        if cost.seconds(batch) > seconds:
            return Load(-(-rows // size), rows, cost.seconds(batch) - seconds)
        seconds -= cost.seconds(batch)
    return IDLE


@given(
    st.integers(1, 200),
    st.integers(0, 200),
    st.floats(0, 2),
    st.builds(Cost, st.floats(0, 0.2), st.floats(0, 0.01)),
    st.builds(Limits, st.just(1000), st.floats(0.05, 5), st.integers(1, 20_000)),
)
def test_who_waits_as_long_as_it_is_told_is_let_in_where_nobody_else_comes(
    count: int, calls: int, free_in: float, cost: Cost, limits: Limits
) -> None:
    load = Load(calls, calls * count, free_in)
    error = refusal(count, load, limits, cost)
    if error is not None:
        assert is_let_in(count, later(load, error.retry_after_ms / 1000 + 1e-6, cost), limits, cost)


@given(
    st.integers(1, 1000),
    st.builds(Load, st.integers(1, 50), st.integers(1, 2000), st.floats(0, 10)),
    st.builds(Cost, st.floats(0, 1), st.floats(0, 1)),
    st.builds(Limits, st.just(1000), st.floats(0.05, 5), st.integers(1, 2000)),
)
def test_no_call_that_is_no_larger_than_what_waits_is_refused_where_a_queue_is_not_crowded(
    count: int, load: Load, cost: Cost, limits: Limits
) -> None:
    if is_crowded(load, limits, cost):
        return
    assert is_let_in(min(count, load.waiting_rows), load, limits, cost)


@given(st.floats(0, 10), st.floats(0, 10))
def test_a_batch_takes_no_longer_than_it_should_or_than_two_calls(call_seconds: float, row_seconds: float) -> None:
    cost = Cost(call_seconds, row_seconds)
    rows = most_batch_rows(cost)
    assert 1 <= rows <= MOST_BATCH_ROWS
    assert rows == 1 or cost.seconds(rows) <= max(BATCH_SECONDS, 2 * call_seconds) * (1 + 1e-9)


def test_a_batch_of_a_model_whose_rows_cost_nothing_has_the_most_rows_there_are() -> None:
    assert most_batch_rows(Cost(1.0, 0.0)) == MOST_BATCH_ROWS
