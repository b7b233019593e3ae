"""Processes answer as the server's own does, a killed one is replaced, and none is left behind."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from inference.processes.child import RaisedElsewhere
from inference.processes.copying import Threads
from inference.processes.engine import ProcessEngine, ProcessLost
from inference.processes.fork_server import ForkServer, Work
from inference.processes.lines import TookTooLong
from tests.inference.processes.in_processes import SAMPLE, in_processes, is_buried, is_gone, parent, until
from tests.inference.slow_python import POISON, InPython

if TYPE_CHECKING:
    from inference.model import LoadedModel
    from tests.inference.conftest import Load


@pytest.fixture
def model(load: Load) -> LoadedModel:
    """Load a model whose answers tell where they were computed."""
    return in_processes(load, deadline_seconds=30)


@pytest.fixture
def lost() -> list[None]:
    """Give a list that grows by one with each process that is lost."""
    return []


@pytest.fixture
def engine(model: LoadedModel, lost: list[None]) -> Iterator[ProcessEngine]:
    """Give an engine with processes."""
    with engine_of(model, lambda: lost.append(None)) as made:
        yield made


def ask(engine: ProcessEngine, *numbers: float) -> list[float]:
    answers = engine.ask([list(numbers)], len(numbers), {"predict"})["predict"]
    assert len(answers) == len(numbers)
    return [float(answer) for answer in answers]


def test_a_process_answers_as_this_one_does(load: Load) -> None:
    model = load(InPython().fit(SAMPLE), sample=SAMPLE)
    fork_server = ForkServer([Work("m", model.engine, 1)])
    engine = ProcessEngine(model, fork_server, 0, lambda: None)
    numbers = np.random.default_rng(0).normal(size=300).tolist()
    there, own = (one.ask([numbers], 300, {"predict"})["predict"] for one in (engine, model.engine))
    assert there.dtype == own.dtype
    assert there.tobytes() == own.tobytes()
    engine.close()
    fork_server.close()


@contextmanager
def engine_of(
    model: LoadedModel, count_lost: Callable[[], None] = lambda: None, **execution: Any
) -> Iterator[ProcessEngine]:
    """Give an engine with processes for a model that runs as it is said."""
    serving = replace(model.serving, execution=replace(model.serving.execution, **execution))
    fork_server = ForkServer([Work(model.title, model.engine, 1)])
    made = ProcessEngine(replace(model, serving=serving), fork_server, 0, count_lost)
    yield made
    made.close()
    fork_server.close()


def test_a_batch_of_few_rows_is_computed_here_where_it_is_not_worth_sending(model: LoadedModel) -> None:
    with engine_of(model, fewest_rows=3) as engine:
        assert ask(engine, 1.0, 2.0) == [float(os.getpid())] * 2
        assert float(os.getpid()) not in ask(engine, 1.0, 2.0, 3.0)


def test_after_rows_that_ended_processes_few_rows_are_sent_as_well_so_that_they_do_not_end_this_one(
    model: LoadedModel,
) -> None:
    with engine_of(model, fewest_rows=3) as engine:
        with pytest.raises(ProcessLost):
            ask(engine, 1.0, 2.0, -1.0)
        with pytest.raises(ProcessLost):
            ask(engine, -1.0)


def at_once(engine: ProcessEngine, *batches: Sequence[float]) -> list[Any]:
    """Return what batches are answered, or what is raised, that are asked one shortly after the other."""
    results: list[Any] = [None] * len(batches)

    def run(place: int) -> None:
        try:
            results[place] = ask(engine, *batches[place])
        except Exception as error:  # noqa: BLE001  # it is what this returns
            results[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(batches))]
    for thread in threads:
        thread.start()
        time.sleep(0.1)
    for thread in threads:
        thread.join()
    return results


def two_at_once(engine: ProcessEngine) -> set[float]:
    """Return what two slow batches at once are answered, which is the processes that compute them."""
    return {process for (process,) in at_once(engine, [-2.0], [-2.0])}


def test_one_process_computes_batch_after_batch_and_two_compute_two_at_once(engine: ProcessEngine) -> None:
    first = {ask(engine, 1.0)[0] for _ in range(3)}
    assert len(first) == 1
    assert first != {float(os.getpid())}
    both = two_at_once(engine)
    assert len(both) == 2
    assert first < both


def test_a_process_that_computes_is_asked_the_next_batch_and_goes_on_with_it(model: LoadedModel) -> None:
    with engine_of(model, count=1) as engine:
        ((process,), (same,)) = at_once(engine, [-2.0], [-2.0])
        assert same == process
        assert ask(engine, 1.0) == [process]


def test_answers_come_to_those_who_asked_however_many_do_at_once(load: Load) -> None:
    wrong: list[tuple[float, list[float]]] = []

    def ask_often(first: int) -> None:
        for number in range(first, first + 50):
            answers = ask(two, *[float(number)] * (1 + number % 7))
            if answers != [2.0 * number] * len(answers):
                wrong.append((number, answers))

    with engine_of(load(InPython().fit(SAMPLE), sample=SAMPLE), count=2) as two:
        threads = [threading.Thread(target=ask_often, args=(1000 * place,)) for place in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_who_was_to_be_next_is_answered_although_the_batch_before_ends_its_process(model: LoadedModel) -> None:
    with engine_of(model, count=1) as engine:
        killing, other = at_once(engine, [-2.0, -1.0], [1.0])
        assert isinstance(killing, ProcessLost)
        assert isinstance(other, list)
        assert other != [float(os.getpid())]
        ((process,), (same,)) = at_once(engine, [-2.0], [-2.0])
        assert same == process  # there are no more than before


def test_who_was_to_be_next_is_answered_although_the_batch_before_hangs(load: Load) -> None:
    with engine_of(in_processes(load, deadline_seconds=0.2), count=1) as engine:
        (process,) = ask(engine, 1.0)
        os.kill(int(process), signal.SIGSTOP)
        hanging, other = at_once(engine, [2.0], [3.0])
        assert isinstance(hanging, TookTooLong)
        assert isinstance(other, list)
        assert other != [process]


def test_what_a_model_raises_there_is_raised_here_and_its_process_goes_on(engine: ProcessEngine) -> None:
    before = ask(engine, 1.0)
    with pytest.raises(RaisedElsewhere, match=r"(?s)Traceback .*in predict.*ValueError: poison in secret row"):
        ask(engine, 1.0, POISON)
    assert ask(engine, 1.0) == before


def test_what_a_killed_process_was_asked_another_answers(engine: ProcessEngine, lost: list[None]) -> None:
    (first,) = ask(engine, 1.0)
    answers: list[float] = []
    thread = threading.Thread(target=lambda: answers.extend(ask(engine, -2.0)))
    thread.start()
    time.sleep(0.1)
    os.kill(int(first), signal.SIGKILL)
    thread.join()
    assert len(answers) == 1
    assert answers[0] not in {first, float(os.getpid())}
    assert len(lost) == 1


@pytest.mark.parametrize("killed", [1, 2])
def test_those_that_were_killed_while_they_had_nothing_to_do_are_replaced(
    engine: ProcessEngine, lost: list[None], killed: int
) -> None:
    before = two_at_once(engine)
    (last,) = ask(engine, 1.0)  # it will be asked next
    for process in sorted(before, key=last.__eq__, reverse=True)[:killed]:
        os.kill(int(process), signal.SIGKILL)
        until(partial(is_buried, int(process)))
    (after,) = ask(engine, 1.0)
    assert after not in before
    assert len(lost) == killed  # one that lives is let go, and not lost


def test_what_ends_two_processes_is_not_tried_again(engine: ProcessEngine, lost: list[None]) -> None:
    with pytest.raises(ProcessLost):
        ask(engine, -1.0)
    assert len(lost) == 2
    assert ask(engine, 1.0) != [float(os.getpid())]


def test_where_no_process_can_be_had_this_one_computes(engine: ProcessEngine, caplog: pytest.LogCaptureFixture) -> None:
    (process,) = ask(engine, 1.0)
    os.kill(parent(int(process)), signal.SIGKILL)
    until(lambda: is_gone(int(process)))
    assert ask(engine, 1.0) == [float(os.getpid())]
    assert "no process can be had" in caplog.text


def test_closing_ends_all_even_those_that_compute(model: LoadedModel, lost: list[None]) -> None:
    fork_server = ForkServer([Work(model.title, model.engine, 1)])
    engine = ProcessEngine(model, fork_server, 0, lambda: lost.append(None))
    (process,) = ask(engine, 1.0)
    raised: list[BaseException] = []

    def compute() -> None:
        try:
            ask(engine, *[-2.0] * 3)
        except ProcessLost as error:
            raised.append(error)

    os.kill(int(process), signal.SIGSTOP)  # it will never answer
    thread = threading.Thread(target=compute)
    thread.start()
    time.sleep(0.1)
    start = time.monotonic()
    engine.close()
    fork_server.close()
    thread.join()
    assert time.monotonic() - start < 10
    assert len(raised) == 1
    assert lost == []  # it is as it was meant
    until(lambda: is_gone(int(process)))


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
