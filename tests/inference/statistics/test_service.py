"""The service and its queues tell the statistics what happens."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from inference.cost import Cost
from inference.errors import BatchTooLarge, DeadlineExceeded, ModelUnavailable, Overloaded, RefusalReason
from inference.loader import Models
from inference.outputs.output import OutputRequest
from inference.predictions import Predictions, PredictRequest
from inference.service import InferenceService
from inference.statistics import model_families as families
from inference.statistics.cells import ProcessCells
from inference.statistics.model_families import ReleaseReason

if TYPE_CHECKING:
    from inference.model import LoadedModel
    from inference.statistics.live import LiveStatistics

in_a_thread = pytest.mark.parametrize("recorder", ["in a thread"], indirect=True)


def ask(service: InferenceService, values: list[Any]) -> Coroutine[Any, Any, Predictions]:
    return service.predict(PredictRequest("m", None, [values], len(values), (OutputRequest("label"),)))


def live_of(service: InferenceService) -> LiveStatistics:
    live = service.live(service.model("m"))
    assert live is not None
    return live


def test_rows_that_are_answered_and_rows_that_cannot_be_are_counted(service: InferenceService) -> None:
    async def some() -> None:
        await asyncio.gather(ask(service, [1.0, 666.0, float("inf")]), ask(service, [2.0]))

    asyncio.run(some())
    live = live_of(service)
    assert (live.calls, live.predictions, live.batches, live.queued_rows, live.retries) == (2, 2, 1, 0, 4)
    assert {error.code.value: (error.calls, error.rows) for error in live.errors} == {
        "BAD_USER_INPUT": (0, 1),
        "PREDICTION_FAILED": (0, 1),
    }
    assert live.batch_rows is not None
    assert round(live.batch_rows.p99) == 3
    assert live.latency_seconds is not None


@in_a_thread
def test_the_queue_its_waits_and_the_reasons_of_batches_are_counted(recorder: LoadedModel) -> None:
    cells = ProcessCells()
    service = InferenceService(Models((recorder,), ()), threads=1, cells=cells)
    recorder.estimator.seconds = 0.2

    async def one_then_two() -> None:
        first = asyncio.create_task(ask(service, [1.0]))
        await asyncio.sleep(0.05)  # the model works
        others = [asyncio.create_task(ask(service, [1.0] * 4)) for _ in range(2)]
        await asyncio.sleep(0.02)  # both wait
        assert live_of(service).queued_rows == 8
        assert cells.total(families.OLDEST_WAIT, "m", "1")[0] > 0
        await asyncio.gather(first, *others)

    asyncio.run(one_then_two())
    live = live_of(service)
    assert (live.batches, live.queued_rows) == (2, 0)
    assert cells.total(families.OLDEST_WAIT, "m", "1") == [0.0]
    releases = {reason: cells.total(families.RELEASES, "m", "1", reason.value)[0] for reason in ReleaseReason}
    assert releases == {ReleaseReason.IDLE: 1, ReleaseReason.FREED: 1, ReleaseReason.FULL: 0}
    assert live.queue_wait_seconds is not None
    assert live.queue_wait_seconds.p99 > 0.05
    service.close()


@in_a_thread
def test_calls_that_fail_are_counted_by_code_and_callers_that_leave_apart(recorder: LoadedModel) -> None:
    limits = replace(recorder.serving.limits, deadline_seconds=0.1, max_rows=5)
    service = InferenceService(
        Models((replace(recorder, serving=replace(recorder.serving, limits=limits, cost=Cost(0.01, 0.0))),), ()),
        threads=1,
    )
    recorder.estimator.seconds = 0.2

    async def three() -> None:
        with pytest.raises(BatchTooLarge):
            await ask(service, [1.0] * 6)
        leaving = asyncio.create_task(ask(service, [1.0]))
        await asyncio.sleep(0.01)
        leaving.cancel()
        with pytest.raises(DeadlineExceeded):
            await ask(service, [1.0, 2.0])

    asyncio.run(three())
    live = live_of(service)
    assert (live.calls, live.cancelled, live.predictions, live.expired) == (2, 1, 0, 1)
    assert {error.code.value: (error.calls, error.rows) for error in live.errors} == {
        "BATCH_TOO_LARGE": (1, 6),
        "DEADLINE_EXCEEDED": (1, 2),
    }
    service.close()


@in_a_thread
def test_calls_that_are_refused_are_counted_by_reason(recorder: LoadedModel) -> None:
    limits = replace(recorder.serving.limits, max_queued_rows=2, max_rows=5)
    service = InferenceService(
        Models((replace(recorder, serving=replace(recorder.serving, limits=limits)),), ()), threads=1
    )
    recorder.estimator.seconds = 0.2

    async def four() -> None:
        first = asyncio.create_task(ask(service, [1.0]))
        await asyncio.sleep(0.05)  # the model works
        second = asyncio.create_task(ask(service, [1.0] * 2))
        await asyncio.sleep(0.01)  # it waits
        with pytest.raises(Overloaded):
            await ask(service, [1.0])
        with pytest.raises(BatchTooLarge):
            await ask(service, [1.0] * 6)
        await asyncio.gather(first, second)
        await service.drain()
        with pytest.raises(ModelUnavailable):
            await ask(service, [1.0])

    asyncio.run(four())
    refused = {count.reason: count.calls for count in live_of(service).refused}
    assert refused == {RefusalReason.TOO_LARGE: 1, RefusalReason.QUEUE_FULL: 1, RefusalReason.STOPPING: 1}
    service.close()


@in_a_thread
def test_what_a_call_costs_is_shown_as_it_was_learned(recorder: LoadedModel) -> None:
    recorder.estimator.seconds = 0.02

    async def some() -> None:
        for _ in range(30):
            await ask(service, [1.0])

    with closing(InferenceService(Models((recorder,), ()), threads=1)) as service:
        before = live_of(service).cost.seconds(1)
        asyncio.run(some())
        after = live_of(service).cost.seconds(1)
    assert before == recorder.cost.seconds(1) == 1.0
    assert 0.02 < after < 0.5
