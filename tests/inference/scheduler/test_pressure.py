"""What a queue does when there is more to do than can be done in time."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from inference.card import Card
from inference.cost import Cost
from inference.errors import DeadlineExceeded, Overloaded
from inference.info import Limits
from inference.loader import Models
from inference.outputs.output import OutputRequest
from inference.predictions import Predictions, PredictRequest
from inference.service import InferenceService

if TYPE_CHECKING:
    from inference.model import LoadedModel

pytestmark = pytest.mark.parametrize("recorder", ["in a thread"], indirect=True)
LABEL = OutputRequest("label")


def ask(service: InferenceService, values: list[float], model: str = "m") -> Coroutine[Any, Any, Predictions]:
    return service.predict(PredictRequest(model, None, [values], len(values), (LABEL,)))


def serving(recorder: LoadedModel, cost: Cost, *, threads: int = 1, **limits: float) -> InferenceService:
    """Serve the recorder with other limits and with a cost that is known at the start."""
    recorder.estimator.seconds = cost.seconds(1)
    given = Limits(**({"max_rows": 100_000, "deadline_seconds": 30} | limits))  # type: ignore[arg-type]  # whole numbers are floats
    return InferenceService(
        Models((replace(recorder, serving=replace(recorder.serving, cost=cost, limits=given)),), ()), threads=threads
    )


async def started(service: InferenceService, values: list[float]) -> asyncio.Task[Predictions]:
    """Let a call begin, and wait until its batch runs or it waits for one."""
    task = asyncio.create_task(ask(service, values))
    await asyncio.sleep(0.03)
    return task


def test_who_finds_the_queue_full_is_refused_at_once_and_the_others_are_answered(recorder: LoadedModel) -> None:
    async def fill() -> tuple[list[Predictions], Overloaded, float]:
        running = await started(service, [1.0])
        waiting = await started(service, [1.0] * 6)
        start = time.perf_counter()
        with pytest.raises(Overloaded) as refused:
            await ask(service, [1.0] * 5)
        seconds = time.perf_counter() - start
        more = await started(service, [1.0] * 4)
        return [*await asyncio.gather(running, waiting, more)], refused.value, seconds

    with closing(serving(recorder, Cost(0.3, 0.0), max_queued_rows=10)) as service:
        answers, refused, seconds = asyncio.run(fill())
    assert [answer.count for answer in answers] == [1, 6, 4]
    assert recorder.estimator.calls == [("predict", 1), ("predict", 10)]
    assert "6 rows wait already, and at most 10 may" in str(refused)
    assert 300 < refused.retry_after_ms < 600  # the rest of what runs, and one call more
    assert seconds < 0.01


def test_who_cannot_be_answered_in_time_is_refused_at_once_and_never_computed(recorder: LoadedModel) -> None:
    async def too_many() -> list[Any]:
        running = await started(service, [1.0])
        return [*await asyncio.gather(running, *(ask(service, [2.0]) for _ in range(3)), return_exceptions=True)]

    with closing(serving(recorder, Cost(0.3, 0.0), deadline_seconds=0.5)) as service:
        answered, *refused = asyncio.run(too_many())
    assert answered.count == 1
    assert [type(error) for error in refused] == [Overloaded] * 3
    assert "and its deadline is 500 ms" in str(refused[0])
    assert recorder.estimator.calls == [("predict", 1)]


def test_rows_whose_deadline_passes_while_they_wait_are_never_computed(recorder: LoadedModel) -> None:
    async def slower_than_known() -> tuple[list[Any], float]:
        recorder.estimator.seconds = 0.6
        running = await started(service, [1.0])
        start = time.monotonic()
        waiting = await started(service, [1.0] * 7)
        results = await asyncio.gather(running, waiting, return_exceptions=True)
        seconds = time.monotonic() - start
        recorder.estimator.seconds = 0.0
        return [*results, await asyncio.wait_for(asyncio.shield(when_free()), 10)], seconds

    async def when_free() -> Predictions:
        while True:
            try:
                return await ask(service, [1.0])
            except Overloaded as refused:
                await asyncio.sleep(refused.retry_after_ms / 1000)

    with closing(serving(recorder, Cost(0.01, 0.0), deadline_seconds=0.3)) as service:
        (running, waiting, after), seconds = asyncio.run(slower_than_known())
    assert isinstance(running, DeadlineExceeded)
    assert isinstance(waiting, DeadlineExceeded)
    assert seconds < 0.55, "the answers came when the model was done, not when their deadlines passed"
    assert after.count == 1
    assert ("predict", 7) not in recorder.estimator.calls


def test_a_caller_that_leaves_while_it_waits_makes_room(recorder: LoadedModel) -> None:
    async def leave() -> Predictions:
        running = await started(service, [1.0])
        waiting = await started(service, [1.0] * 10)
        with pytest.raises(Overloaded):
            await ask(service, [1.0])
        waiting.cancel()
        await asyncio.sleep(0)
        answer = await ask(service, [-1.0])
        await running
        return answer

    with closing(serving(recorder, Cost(0.2, 0.0), max_queued_rows=10)) as service:
        assert asyncio.run(leave()).count == 1
    assert recorder.estimator.calls == [("predict", 1)] * 2


def test_single_rows_are_answered_while_a_large_call_is(recorder: LoadedModel) -> None:
    rows = 5000

    async def beside() -> tuple[int, Predictions]:
        large = await started(service, [1.0] * rows)
        answered = 0
        while not large.done():
            assert (await ask(service, [-1.0])).count == 1
            answered += not large.done()
        return answered, await large

    with closing(serving(recorder, Cost(0.0, 0.0001))) as service:
        recorder.estimator.seconds = 0.05
        answered, large = asyncio.run(beside())
    assert large.columns[LABEL] == ["plus"] * rows
    batches = [count for _, count in recorder.estimator.calls]
    assert sum(batches) == rows + answered + 1
    # A single row waits for the batch that runs and is in the next one: so every other batch, at least, has one.
    assert answered >= len(batches) // 2 - 2
    assert len(batches) > 8


def test_the_rest_of_a_large_call_is_dropped_when_its_caller_leaves(recorder: LoadedModel) -> None:
    async def leave() -> Predictions:
        large = await started(service, [1.0] * 100_000)
        await asyncio.sleep(0.1)
        large.cancel()
        await asyncio.sleep(0)
        return await ask(service, [-1.0])

    with closing(serving(recorder, Cost(0.0, 0.0001))) as service:
        recorder.estimator.seconds = 0.05
        assert asyncio.run(leave()).columns[LABEL] == ["minus"]
    assert sum(count for _, count in recorder.estimator.calls) < 50_000


def test_batches_run_side_by_side_where_more_threads_are_allowed(recorder: LoadedModel) -> None:
    meeting = threading.Barrier(2, timeout=10)
    recorder.estimator.__dict__["predict"] = lambda rows: (
        meeting.wait(),
        recorder.estimator.classes_[[1] * len(rows)],
    )[1]

    async def two() -> list[Predictions]:
        first = await started(service, [1.0])
        return [await ask(service, [2.0]), await first]

    with closing(serving(recorder, Cost(0.1, 0.0), threads=2)) as service:
        assert [answer.columns[LABEL] for answer in asyncio.run(two())] == [["plus"], ["plus"]]


def test_a_card_says_how_many_batches_of_its_model_run_side_by_side(recorder: LoadedModel) -> None:
    meeting = threading.Barrier(2, timeout=10)
    recorder.estimator.__dict__["predict"] = lambda rows: (
        meeting.wait(),
        recorder.estimator.classes_[[1] * len(rows)],
    )[1]
    told = replace(recorder, info=replace(recorder.info, card=Card(threads=2)))

    async def two() -> list[Predictions]:
        first = await started(service, [1.0])
        return [await ask(service, [2.0]), await first]

    with closing(serving(told, Cost(0.1, 0.0))) as service:
        assert [answer.columns[LABEL] for answer in asyncio.run(two())] == [["plus"], ["plus"]]


def test_a_thousand_calls_expire_with_one_timer_and_each_on_time(recorder: LoadedModel) -> None:
    async def all_late() -> list[Any]:
        await started(service, [1.0])
        tasks = []
        for _ in range(10):
            tasks += [asyncio.create_task(ask(service, [1.0])) for _ in range(100)]
            await asyncio.sleep(0.01)
        return [*await asyncio.gather(*tasks, return_exceptions=True)]

    with closing(serving(recorder, Cost(0.001, 0.0), deadline_seconds=2.0)) as service:
        recorder.estimator.seconds = 2.5
        results = asyncio.run(all_late())
    assert {type(result) for result in results} == {DeadlineExceeded}
    assert len(results) == 1000


def test_under_four_times_the_load_that_can_be_borne_the_model_works_for_those_who_are_answered_in_time(
    recorder: LoadedModel,
) -> None:
    seconds, rows, row_seconds, deadline = 2.0, 5, 0.002, 0.5
    could_answer = seconds / (rows * row_seconds)

    def predict(frame: Any) -> Any:
        time.sleep(row_seconds * len(frame))
        return recorder.estimator.classes_[[1] * len(frame)]

    async def overload() -> list[Any]:
        tasks = []
        for _ in range(int(seconds / 0.01)):
            tasks += [asyncio.create_task(ask(service, [1.0] * rows)) for _ in range(4)]
            await asyncio.sleep(0.01)
        return [*await asyncio.gather(*tasks, return_exceptions=True)]

    recorder.estimator.__dict__["predict"] = predict
    # It seems cheaper at first than it is.
    with closing(serving(recorder, Cost(0.0, row_seconds / 2), deadline_seconds=deadline)) as service:
        results = asyncio.run(overload())
    answered = [result for result in results if isinstance(result, Predictions)]
    assert {type(result) for result in results} <= {Predictions, Overloaded, DeadlineExceeded}
    assert all(answer.columns[LABEL] == ["plus"] * rows for answer in answered)
    assert len(answered) > 0.6 * could_answer
    assert sum(isinstance(result, Overloaded) for result in results) > len(results) / 3


def test_callers_who_come_again_when_they_were_told_are_answered_and_seldom_refused_twice(
    recorder: LoadedModel,
) -> None:
    rows, row_seconds, callers = 5, 0.002, 60
    refusals: list[int] = []

    async def answered_in_the_end() -> Predictions:
        while True:
            try:
                return await ask(service, [1.0] * rows)
            except Overloaded as refused:
                refusals.append(refused.retry_after_ms)
                await asyncio.sleep(refused.retry_after_ms / 1000)

    async def all_of_them() -> list[Predictions]:
        return [*await asyncio.gather(*(answered_in_the_end() for _ in range(callers)))]

    def predict(frame: Any) -> Any:
        time.sleep(row_seconds * len(frame))
        return recorder.estimator.classes_[[1] * len(frame)]

    recorder.estimator.__dict__["predict"] = predict
    # All at once would take 0.6 s, and nobody is to wait for more than half of 0.3 s.
    with closing(serving(recorder, Cost(0.0, row_seconds), deadline_seconds=0.3)) as service:
        results = asyncio.run(all_of_them())
    assert [result.columns[LABEL] for result in results] == [["plus"] * rows] * callers
    assert max(refusals) > 100
    assert len(refusals) < 4 * callers
