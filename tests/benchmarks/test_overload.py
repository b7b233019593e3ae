"""Callers who come whether others are answered or not are counted as what became of them."""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from benchmarks.calls import calls
from benchmarks.goodput import WITH, Case, Measured, measured
from benchmarks.http.client import Request
from benchmarks.kept import kept
from benchmarks.overload import Goodput, Load, overloaded
from benchmarks.subject import load_subject
from tests.benchmarks.replies import Reply, answer, replying

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder

DEADLINE = 0.2
LOAD = Load(rate=200.0, deadline=DEADLINE, warm_up=0.1, seconds=0.4, connections=50)
ANSWER = b'{"data":1}'


def became_of(reply: Reply, load: Load = LOAD) -> Goodput:
    """Let callers come to a server that replies to all in one way."""
    request = Request.post("/", b"{}", lambda body: body == ANSWER)

    async def come() -> Goodput:
        async with replying(request, reply) as address:
            return await overloaded(address, [request], load)

    return asyncio.run(come())


def after(seconds: float, status: str, body: bytes) -> Reply:
    """Reply to all with one answer, after some time."""

    async def reply() -> bytes:
        await asyncio.sleep(seconds)
        return answer(status, body)

    return reply


def test_callers_are_counted_while_the_load_lasts_and_not_before_or_after() -> None:
    found = became_of(after(0.0, "200 OK", ANSWER))
    assert found.in_time + found.late / LOAD.seconds == pytest.approx(LOAD.rate, rel=0.4)
    assert (found.wrong, found.refused) == (0, [])


def test_answers_that_come_late_or_never_are_late() -> None:
    for seconds in (DEADLINE * 1.2, 60.0):
        found = became_of(after(seconds, "200 OK", ANSWER))
        assert found.in_time == 0
        assert found.late > LOAD.rate * LOAD.seconds / 2


@pytest.mark.parametrize(
    ("status", "body", "counted"),
    [
        ("503 Service Unavailable", b"{}", "refused"),
        ("200 OK", b'{"errors":[]}', "expired"),
        ("200 OK", b'{"data":2}', "wrong"),
        ("500 Internal Server Error", b"", "wrong"),
    ],
)
def test_every_answer_is_counted_as_what_it_is(status: str, body: bytes, counted: str) -> None:
    found = became_of(after(0.0, status, body))
    others = {"refused": len(found.refused), "expired": found.expired, "wrong": found.wrong}
    assert others.pop(counted) > 0
    assert set(others.values()) == {0}
    assert found.answered == []


def test_who_finds_no_connection_leaves_at_its_deadline() -> None:
    found = became_of(after(0.1, "200 OK", ANSWER), LOAD._replace(connections=1))
    assert len(found.answered) + found.late == pytest.approx(LOAD.rate * LOAD.seconds, rel=0.4)
    assert len(found.answered) <= 1 + LOAD.seconds / 0.1
    assert found.silent > 0


def of_rounds(loads: Sequence[float], *rounds: Sequence[int]) -> Measured:
    """Return what is measured where so many are answered at each load, in each round."""
    ways = [[Goodput(LOAD, [0.0] * answers) for answers in of_load] for of_load in zip(*rounds, strict=True)]
    return Measured(10.0, loads, {WITH: ways})


IN_TIME = attrgetter("in_time")


def test_what_is_kept_is_the_least_above_capacity_as_a_part_of_the_best() -> None:
    once = of_rounds([0.5, 1.0, 1.5, 2.0, 3.0, 4.0], [40, 90, 100, 93, 91, 97])
    part, error = kept(once, WITH, IN_TIME)
    assert part == pytest.approx(0.91)
    assert math.isnan(error)
    assert kept(of_rounds([0.5, 2.0], [0, 0], [0, 0]), WITH, IN_TIME) == (0.0, 0.0)


def test_how_far_it_may_be_off_is_how_far_rounds_are_from_it_however_fast_the_machine_was() -> None:
    drifting = of_rounds([1.0, 2.0], [100, 80], [50, 40], [200, 160])
    assert kept(drifting, WITH, IN_TIME) == pytest.approx((0.8, 0.0))
    part, error = kept(of_rounds([1.0, 2.0], [90, 80], [100, 80], [110, 80]), WITH, IN_TIME)
    assert part == pytest.approx(0.8)
    assert error == pytest.approx(0.8 * (10 / 3**0.5) / 100)


def test_an_error_is_that_of_the_mean() -> None:
    found = of_rounds([1.0], [98], [100], [102])
    assert found.error(WITH, IN_TIME, 0) == pytest.approx(2 / LOAD.seconds / 3**0.5)
    assert math.isnan(of_rounds([1.0], [98]).error(WITH, IN_TIME, 0))


def test_a_server_is_measured_below_and_above_its_capacity_and_answers_rightly(models_folder: ModelsFolder) -> None:
    rows = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [0.0, 1.0, 0.0, 1.0]})
    models_folder.add("two", LogisticRegression().fit(rows, ["low", "low", "high", "high"]), sample=rows)
    subject = load_subject(models_folder.path, "two", "native")
    wrong = calls(models_folder.path, subject, 2)[0]
    assert not wrong.is_right(b'{"data":{"answer":{"predictions":[]}}}')
    before = os.sched_getscheduler(0)
    found = measured(models_folder.path, subject, Case("two", 2, 0.2, (WITH,), (0.2, 2.0), 8), 0.2, 2)
    assert os.sched_getscheduler(0) == before
    assert found.capacity > 0
    assert [[one.load.rate for one in of_load] for of_load in found.ways[WITH]] == [
        pytest.approx([load * found.capacity] * 2) for load in (0.2, 2.0)
    ]
    assert sum(one.wrong for of_load in found.ways[WITH] for one in of_load) == 0
    assert found.means(WITH, IN_TIME)[0] > 0
