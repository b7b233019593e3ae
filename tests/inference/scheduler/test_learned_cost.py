"""The cost of a model call follows what is observed, and is not thrown off by a disturbance."""

from __future__ import annotations

import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from inference.cost import Cost
from inference.scheduler.learned_cost import CHANGE, EXACT, SURPRISE, LearnedCost
from inference.scheduler.placement import IN_PLACE_SECONDS, Placement, runs_in_place

NEAR = EXACT + 0.1
"""What is nearer than EXACT is near enough to be left as it is."""

calls = st.floats(0, 1.0)
rows = st.floats(0, 0.01)
sizes = st.lists(st.integers(1, 10_000), min_size=1, max_size=5)


@given(true=st.builds(Cost, calls, rows), start=st.builds(Cost, calls, rows), sizes=sizes, seed=st.integers())
def test_batches_of_the_sizes_that_come_are_predicted_rightly_whatever_was_measured_at_the_start(
    true: Cost, start: Cost, sizes: list[int], seed: int
) -> None:
    assume(true.seconds(1) > 1e-5)
    learned, choice = LearnedCost(start), random.Random(seed)
    for _ in range(300):
        size = choice.choice(sizes)
        learned.observe(size, true.seconds(size) * choice.uniform(0.95, 1.05))
    for size in sizes:
        assert learned.seconds(size) == pytest.approx(true.seconds(size), rel=NEAR + 0.15)
    assert learned.now.call_seconds >= 0
    assert learned.now.row_seconds >= 0


def test_a_start_three_times_too_high_is_corrected_by_the_first_batches() -> None:
    learned = LearnedCost(Cost(0.003, 0.00003))
    for size in (1, 10, 100):
        learned.observe(size, 0.001 + 0.00001 * size)
    assert learned.seconds(1) == pytest.approx(0.00101, rel=NEAR)
    assert learned.seconds(1000) == pytest.approx(0.011, rel=NEAR)


def test_batches_of_one_size_leave_the_shares_of_call_and_rows_as_they_were() -> None:
    learned = LearnedCost(Cost(0.001, 0.00001))
    for _ in range(100):
        learned.observe(1, 0.0005)
    assert learned.seconds(1) == pytest.approx(0.0005, rel=NEAR)
    assert learned.now.row_seconds <= 0.00001


@given(st.integers(0, 99), st.floats(10, 1000))
def test_one_disturbed_batch_moves_little(place: int, times: float) -> None:
    learned = LearnedCost(Cost(0.001, 0.0))
    for turn in range(100):
        learned.observe(1, 0.001 * (times if turn == place else 1))
        assert learned.seconds(1) <= 0.001 * SURPRISE
    if place < 60:
        assert learned.seconds(1) == pytest.approx(0.001, rel=NEAR)


@pytest.mark.parametrize("times", [100.0, 0.01])
def test_a_model_that_has_changed_is_known_after_a_few_batches(times: float) -> None:
    learned = LearnedCost(Cost(0.001, 0.0))
    for _ in range(50):
        learned.observe(1, 0.001)
    for _ in range(2 * CHANGE):
        learned.observe(1, 0.001 * times)
    assert learned.seconds(1) == pytest.approx(0.001 * times, rel=NEAR)


def test_a_start_of_nothing_is_corrected() -> None:
    learned = LearnedCost(Cost(0.0, 0.0))
    for _ in range(2 * CHANGE):
        learned.observe(5, 0.01)
    assert learned.seconds(5) == pytest.approx(0.01, rel=NEAR)


def test_a_quick_batch_runs_in_place_and_a_slow_one_does_not() -> None:
    placement = Placement(Cost(IN_PLACE_SECONDS / 2, IN_PLACE_SECONDS / 200))
    assert [placement.in_place(size) for size in (1, 100, 101)] == [True, True, False]
    assert runs_in_place(Cost(IN_PLACE_SECONDS / 2, IN_PLACE_SECONDS / 200))
    assert not runs_in_place(Cost(IN_PLACE_SECONDS, 1e-9))


def test_a_model_that_turns_out_slow_on_the_event_loop_leaves_it() -> None:
    placement = Placement(Cost(IN_PLACE_SECONDS / 2, 0.0))
    for _ in range(CHANGE):
        placement.took_in_place(1, 0.1)
    assert not placement.in_place(1)


def test_a_model_that_turns_out_quick_in_a_thread_comes_to_the_event_loop() -> None:
    placement = Placement(Cost(3 * IN_PLACE_SECONDS, 0.0))
    for _ in range(CHANGE):
        placement.took_in_thread(1, IN_PLACE_SECONDS / 2)
    assert placement.in_place(1)


def test_threads_that_compete_do_not_make_a_quick_model_leave_the_event_loop() -> None:
    placement = Placement(Cost(IN_PLACE_SECONDS / 2, IN_PLACE_SECONDS / 200))
    for _ in range(20):
        placement.took_in_thread(200, 0.1)
    assert placement.in_place(1)
