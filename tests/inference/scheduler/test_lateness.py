"""Requests may keep the event loop so busy that a free model answers late; who would be late is refused."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import time
from collections.abc import Callable, Coroutine
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import uvloop
from sklearn.linear_model import LogisticRegression

from inference.errors import Overloaded, RefusalReason
from inference.info import Limits
from inference.loader import Models
from inference.outputs.output import OutputRequest
from inference.predictions import Predictions, PredictRequest
from inference.scheduler.lateness import Lateness
from inference.service import InferenceService

if TYPE_CHECKING:
    from tests.inference.conftest import Load

LABEL = OutputRequest("label")
REQUEST = PredictRequest("m", None, [[1.0]], 1, (LABEL,))
BUSY_SECONDS = 0.05

Run = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    """Run something on an event loop of each kind."""

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        with asyncio.Runner(loop_factory=request.param) as runner:
            return runner.run(work)

    return run


def measured(lateness: Lateness) -> float:
    """Return what is known of it now."""
    return lateness.expected(time.monotonic())


async def read_something_that_takes_long(lateness: Lateness) -> None:
    """Measure how late the event loop is, behind something that arrived before."""
    ours, theirs = socket.socketpair()
    done = asyncio.Event()

    def read() -> None:
        ours.recv(1)
        time.sleep(BUSY_SECONDS)
        done.set()

    with ours, theirs:
        asyncio.get_running_loop().add_reader(ours, read)
        theirs.send(b"x")
        lateness.measure(time.monotonic())
        await done.wait()
        await asyncio.sleep(0)
        asyncio.get_running_loop().remove_reader(ours)


def test_what_arrives_waits_until_all_is_read_that_was_there_before(run: Run) -> None:
    async def late() -> float:
        await read_something_that_takes_long(lateness)
        return measured(lateness)

    with closing(Lateness()) as lateness:
        assert measured(lateness) == 0
        assert BUSY_SECONDS <= run(late()) < 10 * BUSY_SECONDS


def test_what_still_waits_has_waited_so_long_at_least(run: Run) -> None:
    async def wait() -> float:
        lateness.measure(time.monotonic())
        time.sleep(BUSY_SECONDS)  # noqa: ASYNC251  # the event loop is to be busy
        lateness.measure(time.monotonic())  # which is under way
        return measured(lateness)

    with closing(Lateness()) as lateness:
        assert run(wait()) >= BUSY_SECONDS


def test_after_as_long_again_nothing_is_known_any_more(run: Run) -> None:
    async def wait() -> float:
        await read_something_that_takes_long(lateness)
        await asyncio.sleep(measured(lateness) + 0.01)
        return measured(lateness)

    with closing(Lateness()) as lateness:
        assert run(wait()) == 0


def test_it_is_measured_again_and_again_and_an_event_loop_that_was_late_need_not_be(run: Run) -> None:
    async def twice() -> tuple[float, float]:
        await read_something_that_takes_long(lateness)
        late = measured(lateness)
        lateness.measure(time.monotonic())
        await asyncio.sleep(0.001)
        return late, lateness.expected(time.monotonic())

    with closing(Lateness()) as lateness:
        late, now = run(twice())
        assert now < late


def test_another_event_loop_starts_anew_and_closing_keeps_nothing_open(run: Run) -> None:
    async def late() -> float:
        lateness.measure(time.monotonic())
        await asyncio.sleep(0.001)
        return measured(lateness)

    def opened() -> int:
        return len(list(Path("/proc/self/fd").iterdir())) if os.path.isdir("/proc/self/fd") else 0  # noqa: PTH112

    before = opened()
    with closing(Lateness()) as lateness:
        for _ in range(3):
            assert run(late()) < BUSY_SECONDS
    assert opened() == before


def test_where_no_file_can_be_opened_it_is_measured_later(run: Run) -> None:
    async def wait() -> tuple[float, float]:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
        try:
            lateness.measure(time.monotonic())
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        before = measured(lateness)
        lateness.measure(time.monotonic())
        time.sleep(BUSY_SECONDS)  # noqa: ASYNC251  # the event loop is to be busy
        return before, measured(lateness)

    with closing(Lateness()) as lateness:
        before, after = run(wait())
    assert before == 0
    assert after >= BUSY_SECONDS


def test_of_those_who_come_in_a_long_turn_the_later_ones_are_refused_and_a_quiet_loop_lets_all_in(load: Load) -> None:
    training = pd.DataFrame({"a": [-2.0, -1.0, 1.0, 2.0]})
    loaded = load(LogisticRegression().fit(training, ["minus", "minus", "plus", "plus"]), sample=training)
    limits = Limits(max_rows=10, deadline_seconds=0.25)
    model = replace(loaded, serving=replace(loaded.serving, limits=limits))

    async def dear() -> Predictions:
        time.sleep(0.01)  # noqa: ASYNC251  # the event loop is to be busy
        return await service.predict(REQUEST)

    async def overload_and_quiet() -> tuple[list[Any], list[Predictions]]:
        # In each slice of the turn more than have room in a batch however late the event loop is.
        slices = (one() for _ in range(60) for one in (dear, *[quick] * 12))
        results = await asyncio.gather(*slices, return_exceptions=True)
        await asyncio.sleep(1)
        return [*results], [*await asyncio.gather(*(service.predict(REQUEST) for _ in range(40)))]

    async def quick() -> Predictions:
        return await service.predict(REQUEST)

    with closing(InferenceService(Models((model,), ()), threads=1)) as service:
        results, after = asyncio.run(overload_and_quiet())
    refused = [result for result in results if isinstance(result, Overloaded)]
    assert 0 < len(refused) < len(results)
    assert {error.refusal for error in refused} == {RefusalReason.TOO_LATE}
    assert len(after) == 40
    answered = [result for result in results if isinstance(result, Predictions)]
    assert {result.columns[LABEL][0] for result in [*answered, *after]} == {"plus"}
