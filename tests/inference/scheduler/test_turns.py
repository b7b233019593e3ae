"""Callers take turns: no row is lost or asked twice, and small calls do not wait for large ones."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inference.scheduler.call import Call
from inference.scheduler.turns import STRETCH_ROWS, Turns
from inference.scheduler.wish import Wish


def waiting(*counts: int) -> tuple[Turns, list[Call]]:
    turns = Turns()
    calls = [Call([range(count)], count, Wish((), frozenset()), None, 0.0, 0.0) for count in counts]
    for call in calls:
        turns.add(call)
    return turns, calls


def test_what_fits_is_taken_whole_in_the_order_of_arrival() -> None:
    turns, calls = waiting(3, 1, 2)
    parts = turns.take(6)
    assert [(part.call, part.start, part.rows) for part in parts] == [(call, 0, call.count) for call in calls]
    assert (len(turns), turns.rows, turns.take(6)) == (0, 0, [])


def test_a_single_row_is_in_the_next_batch_although_large_calls_came_before_it() -> None:
    turns, (large, larger, single) = waiting(100_000, 300_000, 1)
    taken = {part.call: part.rows for part in turns.take(4 * STRETCH_ROWS + 1)}
    assert taken == {single: 1, large: 2 * STRETCH_ROWS, larger: 2 * STRETCH_ROWS}


def test_single_rows_that_keep_coming_are_before_large_calls_which_are_done_nevertheless() -> None:
    turns, (large, larger) = waiting(2000, 3000)
    done: list[Call] = []
    rounds = 0
    while len(done) < 2:
        rounds += 1
        singles = waiting(*[1] * 60)[1]
        for single in singles:
            turns.add(single)
        parts = turns.take(64)
        assert {part.call for part in parts} >= {*singles} or large not in turns or rounds > 1000
        done += [call for call in (large, larger) if call not in turns and call not in done]
    assert done == [large, larger]
    assert rounds < 5000 / 4 + 10


def test_calls_of_one_size_are_done_in_the_order_of_arrival_however_many_come_after() -> None:
    turns, calls = waiting(*[20] * 10)
    done: list[Call] = []
    while len(done) < 100:
        assert sum(part.rows for part in turns.take(64)) == 64
        done += [call for call in calls if call not in turns and call not in done]
        for late in waiting(20, 20, 20, 20)[1]:
            calls.append(late)
            turns.add(late)
    assert done == calls[: len(done)]


def test_a_large_call_that_had_the_model_for_itself_need_not_give_that_back() -> None:
    turns, (first,) = waiting(100_000)
    for _ in range(5):
        turns.take(8192)
    (second,) = waiting(100_000)[1]
    turns.add(second)
    taken = {part.call: part.rows for part in turns.take(8192)}
    assert abs(taken[first] - taken[second]) <= STRETCH_ROWS


def test_what_is_left_of_a_large_call_waits_behind_those_that_came_meanwhile() -> None:
    turns, (large,) = waiting(1000)
    (first,) = turns.take(100)
    (single,) = waiting(1)[1]
    turns.add(single)
    second = turns.take(100)
    assert (first.start, first.rows) == (0, 100)
    assert {part.call: (part.start, part.rows) for part in second} == {large: (100, 99), single: (0, 1)}


def test_where_more_callers_wait_than_fit_the_first_are_served_whole() -> None:
    turns, calls = waiting(*[4] * 500)
    batches = [turns.take(256) for _ in range(8)]
    assert [part.call for batch in batches for part in batch] == calls
    assert {part.rows for batch in batches for part in batch} == {4}


def test_a_call_that_is_withdrawn_leaves_its_place_and_its_rows() -> None:
    turns, (first, second, third) = waiting(10, 20, 30)
    assert {part.call: part.rows for part in turns.take(12)} == {first: 10, second: 2}
    assert turns.rows == 48
    turns.withdraw(second)
    turns.withdraw(second)
    assert {part.call: (part.start, part.rows) for part in turns.take(25)} == {third: (0, 25)}
    assert {part.call: (part.start, part.rows) for part in turns.take(25)} == {third: (25, 5)}
    assert turns.rows == 0


@given(counts=st.lists(st.integers(1, 300), max_size=40), most=st.integers(1, 200), gone=st.sets(st.integers(0, 39)))
def test_every_row_is_taken_once_and_in_order_and_batches_are_full(
    counts: list[int], most: int, gone: set[int]
) -> None:
    turns, calls = waiting(*counts)
    next_row = dict.fromkeys(calls, 0)
    for round_ in range(sum(counts) + 1):
        if round_ == 1:
            for place in gone & set(range(len(calls))):
                turns.withdraw(calls[place])
        waits = turns.rows
        parts = turns.take(most)
        assert sum(part.rows for part in parts) == min(most, waits)
        assert turns.rows == waits - min(most, waits)
        for part in parts:
            assert part.start == next_row[part.call]
            assert part.rows > 0
            next_row[part.call] += part.rows
    assert len(turns) == 0
    stayed = [call for place, call in enumerate(calls) if place not in gone]
    assert [next_row[call] for call in stayed] == [call.count for call in stayed]
