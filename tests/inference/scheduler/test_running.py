"""A whole batch that waits is ready before the one that runs is done, so that the model waits for no event loop."""

from __future__ import annotations

import asyncio
import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from inference.cost import Cost
from inference.errors import DeadlineExceeded, Overloaded
from inference.info import Limits
from inference.loader import Models
from inference.outputs.output import OutputRequest
from inference.predictions import Predictions, PredictRequest
from inference.scheduler.batch import Batch
from inference.scheduler.pause import PAUSE_SECONDS, Pauses
from inference.scheduler.running import LEAD_SECONDS, Running
from inference.service import InferenceService

if TYPE_CHECKING:
    from inference.model import LoadedModel

TENTH = 0.1
"""How long the recorder takes for a batch, in seconds."""
FEW = 2
"""How many rows take so long."""


def slow(recorder: LoadedModel, threads: int = 1, deadline: float = 30.0, seconds: float = TENTH) -> InferenceService:
    """Serve a model of which two rows are a batch, which is expected to take 0.1 s."""
    recorder.estimator.seconds = seconds
    limits = Limits(max_rows=10, deadline_seconds=deadline)
    cost = Cost(TENTH / 2, TENTH / 2 / FEW)
    model = replace(recorder, serving=replace(recorder.serving, limits=limits, cost=cost))
    return InferenceService(Models((model,), ()), threads=threads)


def ask(service: InferenceService, value: float) -> asyncio.Task[Predictions]:
    request = PredictRequest("m", None, [[value]], 1, (OutputRequest("label"),))
    return asyncio.create_task(service.predict(request))


async def until_one_is_ready(service: InferenceService) -> None:
    since = time.perf_counter()
    await asyncio.sleep(TENTH / 10)
    while not any(queue.running.ready_rows for queue in service._queues.values()):  # noqa: SLF001  # shown nowhere else
        assert time.perf_counter() - since < 10 * TENTH
        await asyncio.sleep(0.001)


in_a_thread = pytest.mark.parametrize("recorder", ["in a thread"], indirect=True)


@in_a_thread
@pytest.mark.parametrize("threads", [1, 2])
def test_while_the_event_loop_is_busy_the_model_goes_on_with_the_batch_that_is_ready(
    recorder: LoadedModel, threads: int
) -> None:
    async def busy() -> tuple[list[int], list[Any]]:
        waiting = [ask(service, place - 2.5) for place in range(6 * threads)]
        await until_one_is_ready(service)
        assert len(recorder.estimator.calls) == threads
        time.sleep(3 * TENTH)  # noqa: ASYNC251  # the event loop is to be busy
        begun = [rows for _, rows in recorder.estimator.calls]
        return begun, await asyncio.gather(*waiting)

    with closing(slow(recorder, threads)) as service:
        begun, answers = asyncio.run(busy())
    assert len(begun) == threads + 1
    assert [one.columns[OutputRequest("label")] for one in answers] == [
        ["plus" if place > 2.5 else "minus"] for place in range(6 * threads)
    ]
    assert sum(rows for _, rows in recorder.estimator.calls) == 6 * threads


@in_a_thread
def test_who_leaves_is_not_computed_although_the_batch_was_ready(recorder: LoadedModel) -> None:
    async def leave() -> list[Any]:
        waiting = [ask(service, float(place)) for place in range(1, 5)]
        await until_one_is_ready(service)
        waiting[2].cancel()
        return await asyncio.gather(*waiting, return_exceptions=True)

    with closing(slow(recorder)) as service:
        answers = asyncio.run(leave())
    assert [isinstance(answer, asyncio.CancelledError) for answer in answers] == [False, False, True, False]
    assert sum(rows for _, rows in recorder.estimator.calls) == 3


@in_a_thread
def test_callers_of_a_ready_batch_hear_of_their_deadline(recorder: LoadedModel) -> None:
    async def late() -> list[Any]:
        waiting = [ask(service, float(place)) for place in range(4)]
        await until_one_is_ready(service)
        return await asyncio.gather(*waiting, return_exceptions=True)

    with closing(slow(recorder, deadline=0.6, seconds=1.0)) as service:
        answers = asyncio.run(late())
    assert len(recorder.estimator.calls) == 1
    assert all(isinstance(answer, DeadlineExceeded) for answer in answers)


def test_one_batch_is_made_ready_shortly_before_another_is_done_and_runs_then() -> None:
    asked: list[float] = []

    async def run() -> None:
        loop = asyncio.get_running_loop()

        def batch(seconds: float) -> Batch:
            return Batch([[]], 7, searching=False, began=0.0, ends_at=loop.time() + seconds)

        running = Running(loop, 1, lambda: asked.append(loop.time()))
        first, second, short = batch(2 * TENTH), batch(TENTH), batch(LEAD_SECONDS / 2)
        running.add(first)
        assert (len(running), running.is_full, running.ready_rows) == (1, True, 0)
        await asyncio.sleep(TENTH)
        assert not asked
        await asyncio.sleep(TENTH)
        assert len(asked) == 1
        assert LEAD_SECONDS < first.ends_at - asked[0] < 4 * LEAD_SECONDS
        running.add(second)
        assert (len(running), running.ready_rows) == (1, 7)
        assert running.done(first) is second
        assert running.free_in(loop.time()) == pytest.approx(TENTH, abs=0.02)
        assert running.done(second) is None
        assert running.free_in(loop.time()) == 0
        running.add(short)
        await asyncio.sleep(2 * TENTH)
        assert len(asked) == 1  # there was no time for it, and the others were done

    asyncio.run(run())


def test_however_many_are_refused_in_a_turn_the_event_loop_pauses_once_in_the_next() -> None:
    async def turn(asked: int) -> float:
        for _ in range(asked):
            pauses.one()
        since = time.perf_counter()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return time.perf_counter() - since

    async def turns() -> tuple[float, ...]:
        return await turn(1), min([await turn(100) for _ in range(5)]), min([await turn(0) for _ in range(5)])

    pauses = Pauses()
    once, many, never = asyncio.run(turns())
    assert once >= PAUSE_SECONDS
    assert PAUSE_SECONDS <= many < 20 * PAUSE_SECONDS
    assert never < PAUSE_SECONDS


@in_a_thread
def test_the_event_loop_pauses_where_a_model_in_a_thread_refuses(recorder: LoadedModel) -> None:
    async def turn_after_a_refusal() -> float:
        running = ask(service, 1.0)
        await asyncio.sleep(TENTH / 2)
        waiting = [ask(service, 1.0) for _ in range(40)]
        await asyncio.sleep(0)
        since = time.perf_counter()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        took = time.perf_counter() - since
        results = await asyncio.gather(running, *waiting, return_exceptions=True)
        assert any(isinstance(result, Overloaded) for result in results)
        return took

    with closing(slow(recorder, deadline=0.6)) as service:
        assert asyncio.run(turn_after_a_refusal()) >= PAUSE_SECONDS
