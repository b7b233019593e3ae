"""A refusal is given again until there is room, to calls of as many rows or more; those refused come one by one."""

from __future__ import annotations

import pytest

from inference.errors import Overloaded, RefusalReason
from inference.scheduler.refusals import Refusals, Returns


def refuse(seconds: float) -> None:
    raise Overloaded("much waits", seconds, RefusalReason.TOO_LATE)


def refused(seconds: float) -> Overloaded:
    with pytest.raises(Overloaded) as raised:
        refuse(seconds)
    return raised.value


def test_as_many_rows_and_more_are_refused_with_the_same_words_until_then() -> None:
    refusals, error = Refusals(), refused(0.003)
    refusals.note(error, 20, 100.0)
    assert refusals.hold(100.002)
    assert refusals.known(20, 100.002) is refusals.known(50, 100.002) is error


def test_fewer_rows_and_later_calls_are_looked_at_anew() -> None:
    refusals = Refusals()
    assert not refusals.hold(0.5)
    refusals.note(refused(0.003), 20, 100.0)
    assert refusals.known(19, 100.002) is None
    assert refusals.known(20, 100.004) is None
    assert not refusals.hold(100.004)


def test_a_later_refusal_takes_the_place_of_an_earlier_one() -> None:
    refusals, error = Refusals(), refused(0.003)
    refusals.note(refused(0.1), 20, 100.0)
    refusals.note(error, 5, 100.001)
    assert refusals.known(7, 100.002) is error
    assert refusals.known(20, 100.05) is None


def test_it_is_told_whether_the_refusal_that_another_was_given_still_stands() -> None:
    refusals, error = Refusals(), refused(0.003)
    assert not refusals.stands(error, 20, 0.0)
    refusals.note(error, 20, 100.0)
    assert refusals.stands(error, 20, 100.002)
    assert not refusals.stands(error, 19, 100.002)
    assert not refusals.stands(refused(0.003), 20, 100.002)
    assert not refusals.stands(error, 20, 100.004)


def test_when_there_is_room_again_it_is_forgotten() -> None:
    refusals, error = Refusals(), refused(10.0)
    refusals.note(error, 1, 100.0)
    refusals.forget()
    assert not refusals.hold(100.001)
    assert not refusals.stands(error, 1, 100.001)


def test_a_refusal_that_is_kept_holds_on_to_nothing_that_was_at_work() -> None:
    refusals, error = Refusals(), refused(0.003)
    assert error.__traceback__ is not None
    refusals.note(error, 20, 100.0)
    assert error.__traceback__ is None


def test_each_is_told_to_come_when_those_who_were_refused_before_are_answered() -> None:
    returns = Returns(2.0)
    told = [returns.put_off(refused(0.25), 0.125, 100.0).retry_after_ms for _ in range(3)]
    assert told == [250, 375, 500]
    assert returns.put_off(refused(0.25), 0.125, 101.0).retry_after_ms == 250


def test_those_who_are_given_a_refusal_that_was_made_for_another_have_a_turn_too() -> None:
    returns = Returns(2.0)
    returns.put_off(refused(0.25), 0.125, 100.0)
    returns.more(2)
    assert returns.put_off(refused(0.25), 0.125, 100.0).retry_after_ms == 625


def test_nobody_is_put_off_for_longer_than_a_call_may_take_unless_there_is_no_room_until_then() -> None:
    returns = Returns(0.75)
    told = [returns.put_off(refused(0.25), 0.125, 100.0).retry_after_ms for _ in range(10)]
    assert told == [250, 375, 500, 625, *[750] * 6]
    assert returns.put_off(refused(0.25), 0.125, 102.0).retry_after_ms == 250
    assert returns.put_off(refused(3.0), 0.125, 102.0).retry_after_ms == 3000


def test_what_is_put_off_says_the_same_and_when_to_come() -> None:
    late = refused(0.25)
    put_off = Returns(2.0).put_off(late, 0.125, 100.0).put_off(0.375)
    assert str(put_off) == str(late).replace("250 ms", "375 ms")
    assert (put_off.refusal, put_off.room_in) == (late.refusal, late.room_in)
