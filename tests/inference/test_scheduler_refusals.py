"""A refusal is given again until the moment that it names, to calls of as many rows or more."""

from __future__ import annotations

import pytest

from inference.errors import Overloaded, RefusalReason
from inference.scheduler.refusals import Refusals


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


def test_a_refusal_that_is_kept_holds_on_to_nothing_that_was_at_work() -> None:
    refusals, error = Refusals(), refused(0.003)
    assert error.__traceback__ is not None
    refusals.note(error, 20, 100.0)
    assert error.__traceback__ is None
