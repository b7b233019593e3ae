"""Processes answer as the server's own does, a killed one is replaced, and none is left behind."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from inference.cost import Cost
from inference.errors import DeadlineExceeded, ErrorCode
from inference.info import ExecutionInfo, Place
from inference.loader import Models
from inference.outputs.output import OutputRequest
from inference.predictions import Predictions, PredictRequest
from inference.processes.child import RaisedElsewhere
from inference.processes.copying import Threads
from inference.processes.engine import ProcessEngine, ProcessLost
from inference.processes.fork_server import ForkServer, Work
from inference.service import InferenceService
from tests.inference.slow_python import POISON, InPython

if TYPE_CHECKING:
    from inference.model import LoadedModel
    from tests.inference.conftest import Load

SAMPLE = pd.DataFrame({"x": [1.0, 2.5, 8.0]})
VALUE = OutputRequest("value")


class WithItsProcess(InPython):
    """Answers with the id of the process that computes; on -1 that process ends, on -2 it takes its time."""

    def predict(self, rows: Any) -> Any:
        """Return one number for each row."""
        numbers = np.asarray(rows, dtype=float)[:, 0]
        if POISON in numbers:
            raise ValueError("poison in secret row")
        if -1 in numbers:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.5 if -2 in numbers else 0.001)
        return np.full(len(numbers), float(os.getpid()))


def is_gone(process: int) -> bool:
    """Tell whether a process has ended; nobody may have taken note of its end yet."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def parent(process: int) -> int:
    """Return the process that made another: of one that computes, the fork server."""
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def model(load: Load) -> LoadedModel:
    """Load a model whose answers tell where they were computed, as one that runs in two processes."""
    loaded = load(WithItsProcess().fit(SAMPLE), sample=SAMPLE)
    execution = ExecutionInfo(Place.PROCESSES, 2, "")
    serving = replace(loaded.serving, cost=Cost(1.0, 0.0), execution=execution)
    return replace(loaded, info=replace(loaded.info, serving=serving), serving=serving)


@pytest.fixture
def engine(model: LoadedModel) -> Iterator[ProcessEngine]:
    """Give an engine with processes."""
    fork_server = ForkServer([Work(model.title, model.engine, 1)])
    made = ProcessEngine(model, fork_server, 0)
    yield made
    made.close()
    fork_server.close()


def ask(engine: ProcessEngine, *numbers: float) -> list[float]:
    answers = engine.ask([list(numbers)], len(numbers), {"predict"})["predict"]
    assert len(answers) == len(numbers)
    return [float(answer) for answer in answers]


def test_a_process_answers_as_this_one_does(load: Load) -> None:
    model = load(InPython().fit(SAMPLE), sample=SAMPLE)
    fork_server = ForkServer([Work("m", model.engine, 1)])
    engine = ProcessEngine(model, fork_server, 0)
    numbers = np.random.default_rng(0).normal(size=300).tolist()
    there, own = (one.ask([numbers], 300, {"predict"})["predict"] for one in (engine, model.engine))
    assert there.dtype == own.dtype
    assert there.tobytes() == own.tobytes()
    engine.close()
    fork_server.close()


def test_one_process_computes_batch_after_batch_and_two_compute_two_at_once(engine: ProcessEngine) -> None:
    first = {ask(engine, 1.0)[0] for _ in range(3)}
    assert len(first) == 1
    assert first != {float(os.getpid())}
    both: list[float] = []
    threads = [threading.Thread(target=lambda: both.extend(ask(engine, -2.0))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(both)) == 2
    assert first < set(both)


def test_what_a_model_raises_there_is_raised_here_and_its_process_goes_on(engine: ProcessEngine) -> None:
    before = ask(engine, 1.0)
    with pytest.raises(RaisedElsewhere, match=r"(?s)Traceback .*in predict.*ValueError: poison in secret row"):
        ask(engine, 1.0, POISON)
    assert ask(engine, 1.0) == before


def test_what_a_killed_process_was_asked_another_answers(engine: ProcessEngine) -> None:
    (first,) = ask(engine, 1.0)
    answers: list[float] = []
    thread = threading.Thread(target=lambda: answers.extend(ask(engine, -2.0)))
    thread.start()
    time.sleep(0.1)
    os.kill(int(first), signal.SIGKILL)
    thread.join()
    assert len(answers) == 1
    assert answers[0] not in {first, float(os.getpid())}


def test_one_that_was_killed_while_it_had_nothing_to_do_is_replaced(engine: ProcessEngine) -> None:
    (first,) = ask(engine, 1.0)
    os.kill(int(first), signal.SIGKILL)
    until(lambda: is_gone(int(first)))
    (second,) = ask(engine, 1.0)
    assert second != first


def test_what_ends_two_processes_is_not_tried_again(engine: ProcessEngine) -> None:
    with pytest.raises(ProcessLost):
        ask(engine, -1.0)
    assert ask(engine, 1.0) != [float(os.getpid())]


def test_where_no_process_can_be_had_this_one_computes(engine: ProcessEngine, caplog: pytest.LogCaptureFixture) -> None:
    (process,) = ask(engine, 1.0)
    os.kill(parent(int(process)), signal.SIGKILL)
    until(lambda: is_gone(int(process)))
    assert ask(engine, 1.0) == [float(os.getpid())]
    assert "no process can be had" in caplog.text


def test_closing_ends_all_even_those_that_compute(model: LoadedModel) -> None:
    fork_server = ForkServer([Work(model.title, model.engine, 1)])
    engine = ProcessEngine(model, fork_server, 0)
    (process,) = ask(engine, 1.0)
    lost: list[BaseException] = []

    def compute() -> None:
        try:
            ask(engine, *[-2.0] * 3)
        except ProcessLost as error:
            lost.append(error)

    os.kill(int(process), signal.SIGSTOP)  # it will never answer
    thread = threading.Thread(target=compute)
    thread.start()
    time.sleep(0.1)
    start = time.monotonic()
    engine.close()
    fork_server.close()
    thread.join()
    assert time.monotonic() - start < 10
    assert len(lost) == 1
    until(lambda: is_gone(int(process)))


@pytest.fixture
def service(model: LoadedModel) -> Iterator[InferenceService]:
    """Serve the model, in processes from the first call on."""
    limits = replace(model.serving.limits, deadline_seconds=5)
    made = replace(model, serving=replace(model.serving, limits=limits))
    with threadpool_limits(), closing(InferenceService(Models((made,), ()), threads=1)) as serving:
        serving.begin()
        yield serving


def predict(service: InferenceService, *numbers: float) -> Coroutine[Any, Any, Predictions]:
    return service.predict(PredictRequest("m", None, [list(numbers)], len(numbers), (VALUE,)))


def test_batches_of_one_model_run_side_by_side(service: InferenceService) -> None:
    async def both() -> list[Predictions]:
        first = asyncio.create_task(predict(service, -2.0))
        await asyncio.sleep(0.1)
        return [*await asyncio.gather(first, predict(service, -2.0))]

    answers = asyncio.run(both())
    processes = {answer.columns[VALUE][0] for answer in answers}
    assert len(processes) == 2
    assert float(os.getpid()) not in processes


@pytest.mark.parametrize("fault", [POISON, -1.0], ids=["raises", "ends its process"])
def test_a_row_that_makes_a_model_raise_or_ends_its_process_costs_nobody_else_an_answer(
    service: InferenceService, fault: float
) -> None:
    async def together() -> list[Predictions]:
        return await asyncio.gather(
            *(predict(service, float(place), 1.0) for place in range(5)), predict(service, fault)
        )

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


def test_deadlines_and_cancelling_are_as_in_threads(model: LoadedModel) -> None:
    limits = replace(model.serving.limits, deadline_seconds=0.2)
    made = replace(model, serving=replace(model.serving, limits=limits, cost=Cost(0.01, 0.0)))

    async def late_and_left(service: InferenceService) -> list[Any]:
        late = asyncio.create_task(predict(service, -2.0))
        left = asyncio.create_task(predict(service, -2.0))
        await asyncio.sleep(0.05)
        left.cancel()
        return [*await asyncio.gather(late, left, return_exceptions=True)]

    with threadpool_limits(), closing(InferenceService(Models((made,), ()), threads=1)) as service:
        service.begin()
        late, left = asyncio.run(late_and_left(service))
    assert isinstance(late, DeadlineExceeded)
    assert isinstance(left, asyncio.CancelledError)


def test_a_process_that_computes_for_nobody_is_ended_and_its_place_is_free(model: LoadedModel) -> None:
    limits = replace(model.serving.limits, deadline_seconds=0.2)
    made = replace(
        model, serving=replace(model.serving, limits=limits, execution=ExecutionInfo(Place.PROCESSES, 1, ""))
    )

    async def hang_and_ask_again(service: InferenceService) -> tuple[int, Predictions]:
        (process,) = (await predict(service, 1.0)).columns[VALUE]
        os.kill(int(process), signal.SIGSTOP)  # as one that hangs
        with pytest.raises(DeadlineExceeded):
            await predict(service, 1.0)
        await asyncio.to_thread(until, lambda: is_gone(int(process)))
        await asyncio.sleep(0.1)
        return int(process), await predict(service, 1.0)

    with threadpool_limits(), closing(InferenceService(Models((made,), ()), threads=1)) as service:
        service.begin()
        process, answer = asyncio.run(hang_and_ask_again(service))
    assert answer.columns[VALUE][0] not in {float(process), float(os.getpid())}
    until(lambda: is_gone(process))


def test_without_a_beginning_the_same_model_answers_in_threads(model: LoadedModel) -> None:
    with closing(InferenceService(Models((model,), ()), threads=1)) as service:
        answer = asyncio.run(predict(service, 1.0))
    assert answer.columns[VALUE] == [float(os.getpid())]


def test_threads_that_were_left_behind_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inference.processes.copying._SETTLE_SECONDS", 0.2)
    threads, end = Threads(early=False), threading.Event()
    assert threads.are_as_before()
    left = threading.Thread(target=end.wait)
    left.start()
    assert not threads.are_as_before()
    end.set()
    left.join()
    assert threads.are_as_before()
