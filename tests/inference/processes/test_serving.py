"""Models that run in processes answer as all do, whatever becomes of a process, and what becomes of it is counted."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from threadpoolctl import threadpool_limits

from inference.cost import Cost
from inference.errors import DeadlineExceeded, ErrorCode
from inference.loader import Models
from inference.outputs.output import OutputRequest
from inference.predictions import Predictions, PredictRequest
from inference.service import InferenceService
from inference.statistics.cells import ProcessCells
from inference.statistics.model_families import REPLACED_PROCESSES
from tests.inference.processes.in_processes import in_processes, is_gone, until
from tests.inference.slow_python import POISON

if TYPE_CHECKING:
    from inference.model import LoadedModel
    from inference.statistics.cells import Cells
    from tests.inference.conftest import Load

VALUE = OutputRequest("value")


@asynccontextmanager
async def serving(model: LoadedModel, cells: Cells | None = None) -> AsyncIterator[InferenceService]:
    """Serve a model on this event loop, in processes from the first call on."""
    with threadpool_limits(), closing(InferenceService(Models((model,), ()), threads=1, cells=cells)) as service:
        service.begin()
        yield service


def predict(service: InferenceService, *numbers: float) -> Coroutine[Any, Any, Predictions]:
    return service.predict(PredictRequest("m", None, [list(numbers)], len(numbers), (VALUE,)))


def test_batches_of_one_model_run_side_by_side(load: Load) -> None:
    async def both() -> list[Predictions]:
        async with serving(in_processes(load, deadline_seconds=5)) as service:
            first = asyncio.create_task(predict(service, -2.0))
            await asyncio.sleep(0.1)
            return [*await asyncio.gather(first, predict(service, -2.0))]

    answers = asyncio.run(both())
    processes = {answer.columns[VALUE][0] for answer in answers}
    assert len(processes) == 2
    assert float(os.getpid()) not in processes


@pytest.mark.parametrize("fault", [POISON, -1.0], ids=["raises", "ends its process"])
def test_a_row_that_makes_a_model_raise_or_ends_its_process_costs_nobody_else_an_answer(
    load: Load, fault: float
) -> None:
    async def together() -> list[Predictions]:
        async with serving(in_processes(load, deadline_seconds=5)) as service:
            asked = [predict(service, float(place), 1.0) for place in range(5)]
            return await asyncio.gather(*asked, predict(service, fault))

    logging.getLogger("inference").setLevel(logging.CRITICAL)
    try:
        *others, poisoned = asyncio.run(together())
    finally:
        logging.getLogger("inference").setLevel(logging.NOTSET)
    assert [answer.errors for answer in others] == [()] * 5
    assert all(None not in answer.columns[VALUE] for answer in others)
    (error,) = poisoned.errors
    assert error.code is ErrorCode.PREDICTION_FAILED
    assert poisoned.columns[VALUE] == [None]


def test_deadlines_and_cancelling_are_as_in_threads(load: Load) -> None:
    model = in_processes(load, deadline_seconds=0.2)
    quick = replace(model, serving=replace(model.serving, cost=Cost(0.01, 0.0)))

    async def late_and_left() -> list[Any]:
        async with serving(quick) as service:
            late = asyncio.create_task(predict(service, -2.0))
            left = asyncio.create_task(predict(service, -2.0))
            await asyncio.sleep(0.05)
            left.cancel()
            return [*await asyncio.gather(late, left, return_exceptions=True)]

    late, left = asyncio.run(late_and_left())
    assert isinstance(late, DeadlineExceeded)
    assert isinstance(left, asyncio.CancelledError)


def test_a_process_that_computes_for_nobody_is_ended_and_counted_and_its_place_is_free(load: Load) -> None:
    cells = ProcessCells()

    async def hang_and_ask_again() -> tuple[int, Predictions]:
        async with serving(in_processes(load, deadline_seconds=0.2, count=1), cells) as service:
            (process,) = (await predict(service, 1.0)).columns[VALUE]
            os.kill(int(process), signal.SIGSTOP)  # as one that hangs
            with pytest.raises(DeadlineExceeded):
                await predict(service, 1.0)
            await asyncio.to_thread(until, lambda: is_gone(int(process)))
            await asyncio.sleep(0.1)
            return int(process), await predict(service, 1.0)

    process, answer = asyncio.run(hang_and_ask_again())
    assert answer.columns[VALUE][0] not in {float(process), float(os.getpid())}
    until(lambda: is_gone(process))
    assert cells.total(REPLACED_PROCESSES, "m", "1") == [1.0]


def test_a_process_that_was_killed_is_counted_before_another_answers_and_the_last_of_a_server_is_not(
    load: Load,
) -> None:
    cells = ProcessCells()

    async def kill_and_ask_again() -> list[float]:
        async with serving(in_processes(load, deadline_seconds=5), cells) as service:
            counts: list[float] = []
            for _ in range(3):
                (process,) = (await predict(service, 1.0)).columns[VALUE]
                counts += cells.total(REPLACED_PROCESSES, "m", "1")
                os.kill(int(process), signal.SIGKILL)
                await asyncio.to_thread(until, partial(is_gone, int(process)))
            await predict(service, 1.0)
            return counts

    assert asyncio.run(kill_and_ask_again()) == [0.0, 1.0, 2.0]
    assert cells.total(REPLACED_PROCESSES, "m", "1") == [3.0]


def test_without_a_beginning_the_same_model_answers_in_threads(load: Load) -> None:
    with closing(InferenceService(Models((in_processes(load, 5),), ()), threads=1)) as service:
        answer = asyncio.run(predict(service, 1.0))
    assert answer.columns[VALUE] == [float(os.getpid())]
