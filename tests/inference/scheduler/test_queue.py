"""Calls meet in model calls, nobody blocks the event loop, and no caller is harmed by another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from inference.errors import DeadlineExceeded, ModelUnavailable
from inference.loader import Models
from inference.outputs.output import OutputRequest
from inference.predictions import Predictions, PredictRequest
from inference.scheduler.batch_size import MOST_BATCH_ROWS
from inference.service import InferenceService

if TYPE_CHECKING:
    from inference.model import LoadedModel

in_a_thread = pytest.mark.parametrize("recorder", ["in a thread"], indirect=True)


def ask(service: InferenceService, values: list[float], *outputs: str) -> Coroutine[Any, Any, Predictions]:
    requests = tuple(OutputRequest(name) for name in outputs or ("label",))
    return service.predict(PredictRequest("m", None, [values], len(values), requests))


def labels(predictions: Predictions) -> list[Any]:
    return predictions.columns[OutputRequest("label")]


def signs(values: list[float]) -> list[str]:
    return ["plus" if value > 0 else "minus" for value in values]


def test_calls_of_one_turn_meet_in_one_model_call_and_each_gets_its_own_rows(
    recorder: LoadedModel, service: InferenceService
) -> None:
    callers = [[float(caller - 5)] * (caller + 1) for caller in range(10)]

    async def together() -> list[Predictions]:
        return await asyncio.gather(*(ask(service, values) for values in callers))

    answers = asyncio.run(together())
    assert [labels(answer) for answer in answers] == [signs(values) for values in callers]
    assert recorder.estimator.calls == [("predict", 55)]


@in_a_thread
def test_calls_that_come_while_the_model_works_meet_in_the_next_call(
    recorder: LoadedModel, service: InferenceService
) -> None:
    recorder.estimator.seconds = 0.1

    async def one_then_many() -> None:
        first = asyncio.create_task(ask(service, [1.0]))
        await asyncio.sleep(0.03)
        many = [asyncio.create_task(ask(service, [1.0, -1.0])) for _ in range(7)]
        await asyncio.gather(first, *many)

    asyncio.run(one_then_many())
    assert recorder.estimator.calls == [("predict", 1), ("predict", 14)]


def test_calls_one_after_the_other_are_model_calls_one_after_the_other(
    recorder: LoadedModel, service: InferenceService
) -> None:
    async def in_turn() -> None:
        for _ in range(3):
            await ask(service, [1.0])

    asyncio.run(in_turn())
    assert recorder.estimator.calls == [("predict", 1)] * 3


def test_calls_that_do_not_fit_into_one_batch_are_answered_in_parts_that_take_turns(
    recorder: LoadedModel, service: InferenceService
) -> None:
    callers = [[1.0, -1.0] * MOST_BATCH_ROWS, [-1.0] * 5000, [3.0]]
    answered: list[int] = []

    async def one(values: list[float]) -> Predictions:
        answer = await ask(service, values)
        answered.append(len(values))
        return answer

    async def together() -> list[Predictions]:
        return await asyncio.gather(*(one(values) for values in callers))

    answers = asyncio.run(together())
    assert [labels(answer) for answer in answers] == [signs(values) for values in callers]
    assert answered == [1, 5000, 2 * MOST_BATCH_ROWS]
    assert {method for method, _ in recorder.estimator.calls} == {"predict"}
    assert max(rows for _, rows in recorder.estimator.calls) == MOST_BATCH_ROWS
    assert sum(rows for _, rows in recorder.estimator.calls) == sum(map(len, callers))


@in_a_thread
def test_cancelling_a_caller_that_waits_leaves_the_others_whole(
    recorder: LoadedModel, service: InferenceService
) -> None:
    recorder.estimator.seconds = 0.25

    async def cancel_some() -> list[Any]:
        first = asyncio.create_task(ask(service, [1.0]))
        await asyncio.sleep(0.02)  # the model works
        callers = [asyncio.create_task(ask(service, [float(place), -1.0])) for place in range(1, 9)]
        await asyncio.sleep(0.02)  # all wait
        for caller in callers[1::3]:
            caller.cancel()
        await first
        return await asyncio.gather(*callers, return_exceptions=True)

    answers = asyncio.run(cancel_some())
    for place, answer in enumerate(answers):
        if place % 3 == 1:
            assert isinstance(answer, asyncio.CancelledError)
        else:
            assert labels(answer) == ["plus", "minus"]
    assert recorder.estimator.calls == [("predict", 1), ("predict", 10)]


def test_cancelling_a_caller_while_the_model_works_leaves_the_others_whole(
    recorder: LoadedModel, service: InferenceService
) -> None:
    recorder.estimator.seconds = 0.1

    async def cancel_one() -> tuple[Any, ...]:
        callers = [asyncio.create_task(ask(service, [float(place)])) for place in range(1, 4)]
        asyncio.get_running_loop().call_later(0.03, callers[0].cancel)
        await asyncio.gather(*callers, return_exceptions=True)
        return tuple(labels(caller.result()) for caller in callers[1:])

    assert asyncio.run(cancel_one()) == (["plus"], ["plus"])
    assert labels(asyncio.run(ask(service, [-1.0]))) == ["minus"]


@in_a_thread
def test_while_a_slow_model_works_the_event_loop_does_other_things(
    recorder: LoadedModel, service: InferenceService
) -> None:
    recorder.estimator.seconds = 0.3

    async def ticking() -> int:
        prediction = asyncio.create_task(ask(service, [1.0]))
        ticks = 0
        while not prediction.done():
            await asyncio.sleep(0.005)
            ticks += 1
        return ticks

    assert asyncio.run(ticking()) > 10


@in_a_thread
def test_who_waits_longer_than_the_deadline_is_told_so_and_the_next_is_answered(
    recorder: LoadedModel, caplog: pytest.LogCaptureFixture
) -> None:
    limits = replace(recorder.serving.limits, deadline_seconds=0.15)
    slow = replace(recorder, serving=replace(recorder.serving, limits=limits))
    service = InferenceService(Models((slow,), ()), threads=1)

    async def too_slow_then_quick() -> Predictions:
        slow.estimator.seconds = 0.3
        with pytest.raises(DeadlineExceeded, match=r"^No answer within 150 ms\.$"):
            await ask(service, [1.0])
        slow.estimator.seconds = 0.0
        await asyncio.sleep(0.3)
        return await ask(service, [-1.0])

    assert labels(asyncio.run(too_slow_then_quick())) == ["minus"]
    service.close()
    assert caplog.text == ""


@in_a_thread
def test_draining_waits_for_what_runs_and_what_waits_and_lets_nothing_in(recorder: LoadedModel) -> None:
    service = InferenceService(Models((recorder,), ()), threads=1)
    recorder.estimator.seconds = 0.2

    async def drain_meanwhile() -> list[Predictions]:
        runs = asyncio.create_task(ask(service, [1.0]))
        await asyncio.sleep(0.05)
        waits = asyncio.create_task(ask(service, [-1.0]))
        await asyncio.sleep(0.05)
        draining = asyncio.create_task(service.drain())
        await asyncio.sleep(0)
        with pytest.raises(ModelUnavailable, match=r"^The server is stopping\.$"):
            await ask(service, [1.0])
        await draining
        service.close()
        return [*await asyncio.gather(runs, waits)]

    assert [labels(answer) for answer in asyncio.run(drain_meanwhile())] == [["plus"], ["minus"]]
    assert recorder.estimator.calls == [("predict", 1)] * 2


def test_draining_where_nobody_waits_is_done_at_once(service: InferenceService) -> None:
    asyncio.run(asyncio.wait_for(service.drain(), 5))


@in_a_thread
def test_what_still_waits_when_it_is_closed_is_refused(recorder: LoadedModel) -> None:
    service = InferenceService(Models((recorder,), ()), threads=1)
    recorder.estimator.seconds = 0.2

    async def close_meanwhile() -> list[Any]:
        runs = asyncio.create_task(ask(service, [1.0]))
        await asyncio.sleep(0.05)
        waits = asyncio.create_task(ask(service, [1.0]))
        await asyncio.sleep(0.05)
        await asyncio.to_thread(service.close)
        return [*await asyncio.gather(runs, waits, return_exceptions=True)]

    answered, refused = asyncio.run(close_meanwhile())
    assert labels(answered) == ["plus"]
    assert isinstance(refused, ModelUnavailable)


@in_a_thread
def test_who_comes_after_closing_is_refused_at_once(recorder: LoadedModel) -> None:
    service = InferenceService(Models((recorder,), ()), threads=1)
    service.close()
    start = time.perf_counter()
    for _ in range(2):
        with pytest.raises(ModelUnavailable, match=r"^The server is stopping\.$"):
            asyncio.run(ask(service, [1.0]))
    assert time.perf_counter() - start < recorder.serving.limits.deadline_seconds / 10
