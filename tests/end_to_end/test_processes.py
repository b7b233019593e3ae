"""Models that keep the interpreter's lock run in processes: nobody waits for them, and none outlives its server."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import re
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from itertools import islice
from pathlib import Path

import joblib
import pandas as pd
import pytest

from tests.end_to_end.command import (
    GIVE_UP_SECONDS,
    JSON,
    Callers,
    Server,
    answer,
    calling,
    send,
    serving,
    sleepy,
    until,
)

_CODE = Path(__file__).with_name("pythonic.py")
HEALTH_P99_SECONDS = 0.05
MODELS = ("sleepy", "hurried")
_ENDED = {"", "X", "Z"}
"""What the system says of the state of a process that has ended, even where nobody has taken note of it."""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder of models that count, each of which brings its own code; `sleepy` is the one that callers ask."""
    root = tmp_path_factory.mktemp("pythonic")
    sample = pd.DataFrame({"x": [1.0, 2.75, 8.0]})
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(_CODE.parent)
        counting = importlib.import_module("pythonic").Counting
        for name in MODELS:
            (root / name / "code").mkdir(parents=True)
            shutil.copy(_CODE, root / name / "code")
            joblib.dump(counting().fit(sample), root / name / "model.joblib")
            sample.to_csv(root / name / "sample.csv", index=False)
        del sys.modules["pythonic"]
    (root / "hurried" / "card.yaml").write_text("processes: 2\nlimits: {deadline_ms: 200}")
    return root


@pytest.fixture(scope="module")
def server(models: Path) -> Iterator[Server]:
    """Serve them."""
    with serving(models) as started:
        yield started


def _query(server: Server, query: str, **variables: object) -> dict[str, object]:
    connection = HTTPConnection(server.address, timeout=GIVE_UP_SECONDS)
    connection.request("POST", "/graphql", json.dumps({"query": query, "variables": variables}), JSON)
    answered: dict[str, object] = answer(connection)
    return answered


def _below(process: int) -> set[int]:
    """Return the processes that a process has made, and those that these have."""
    own = _children(process)
    return own.union(*map(_below, own))


def _children(process: int) -> set[int]:
    try:
        return set(map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split()))
    except (FileNotFoundError, ProcessLookupError):
        return set()


def _computing(server: Server, model: str = "") -> set[int]:
    """Return the processes that compute, for one model or all: those that the fork server has made."""
    return {process for process in _below(server.process.pid) if f"(predict {model}" in _stat(process)}


def _are_gone(processes: set[int]) -> bool:
    return all(_state(process) in _ENDED for process in processes)


def _state(process: int) -> str:
    return _stat(process).rpartition(") ")[2][:1]


def _stat(process: int) -> str:
    try:
        return Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def test_the_server_says_where_each_model_runs_and_why(server: Server) -> None:
    answered = _query(server, "{ models { name execution { place count reason lockShare } } }")
    assert isinstance(answered["data"], dict)
    said = {model["name"]: model["execution"] for model in answered["data"]["models"]}
    assert {one["place"] for one in said.values()} == {"PROCESSES"}
    assert said["sleepy"]["lockShare"] > 0.5
    assert said["hurried"] == {"place": "PROCESSES", "count": 2, "reason": "Its card says so.", "lockShare": None}


def test_rows_that_make_it_raise_and_deadlines_are_as_ever(server: Server) -> None:
    rows = [{"x": 666 if row == 5 else row} for row in range(20)]
    batch = "query($r: [SleepyInput!]!) { sleepyBatch(inputs: $r) { predictions { value } errors { index code } } }"
    assert _query(server, batch, r=rows)["data"] == {
        "sleepyBatch": {
            "predictions": [None if row == 5 else {"value": 2 * row} for row in range(20)],
            "errors": [{"index": 5, "code": "PREDICTION_FAILED"}],
        }
    }
    start = time.monotonic()
    late = _query(server, "{ hurried(input: {x: 100}) { value } }")
    assert isinstance(late["errors"], list)
    assert late["errors"][0]["extensions"]["code"] == "DEADLINE_EXCEEDED"
    assert time.monotonic() - start < 5


def _waits(server: Server, seconds: float) -> list[float]:
    """Ask for health again and again, and return how long each answer took."""
    connection = HTTPConnection(server.address, timeout=GIVE_UP_SECONDS)
    waits: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.perf_counter()
        connection.request("GET", "/readyz")
        connection.getresponse().read()
        waits.append(time.perf_counter() - start)
        time.sleep(0.002)
    connection.close()
    return waits


def test_health_is_quick_while_two_models_count(server: Server) -> None:
    def p99(waits: list[float]) -> float:
        return sorted(waits)[int(0.99 * len(waits))]

    quiet = p99(_waits(server, 1.0))
    slow = [
        threading.Thread(target=_query, args=(server, f"{{ {name}(input: {{x: 100}}) {{ value }} }}"))
        for name in MODELS
    ]
    for thread in slow:
        thread.start()
    time.sleep(0.1)
    waits = _waits(server, 1.0)
    for thread in slow:
        thread.join()
    assert len(waits) > 20
    # On a machine that is busy with other things, probes are slow while no model works, too.
    assert p99(waits) < max(HEALTH_P99_SECONDS, 3 * quiet)


def test_processes_do_not_outlive_their_server_even_while_they_compute(models: Path) -> None:
    with serving(models, "--workers", "2") as server:
        connections = [HTTPConnection(server.address, timeout=GIVE_UP_SECONDS) for _ in range(4)]
        for connection in connections:
            send(connection, sleepy(100))
        until(lambda: bool(_computing(server)))
        below, workers = _below(server.process.pid), _children(server.process.pid)
        for process in (server.process.pid, *workers):
            os.kill(process, signal.SIGKILL)
        until(lambda: _are_gone(below))
        for connection in connections:
            connection.close()


def test_a_killed_process_and_a_signal_to_all_processes_cost_no_caller_an_answer(server: Server) -> None:
    with calling(server.address) as callers:
        callers.start(6, keep=True)
        killed: list[int] = []
        while len(killed) < 3 and not callers.failures:
            _go_on(callers)
            there = _computing(server, "sleepy") - {*killed}
            killed += islice(filter(_kill, sorted(there)), 1)
        _go_on(callers)
        until(lambda: _replaced(server, "sleepy") > 0 or bool(callers.failures))
        replaced = _replaced(server, "sleepy")  # one may have been let go, or not be missed yet
        below = _below(server.process.pid)
        for process in (server.process.pid, *below):  # as a manager of services does
            os.kill(process, signal.SIGTERM)
        callers.wait()
        assert callers.failures == []
    assert 0 < replaced <= len(killed)
    code, err = server.stopped()
    assert code == 0
    said = re.findall(r"sleepy \(version 1\): its process (\d+) was ended by SIGKILL\.", err)
    assert sorted(map(int, said)) == sorted(killed)
    assert _are_gone(below)


def _kill(process: int) -> bool:
    """Kill a process; tell whether it was this that ended it.

    Whatever ends one process lets the idle ones beside it end by themselves, which is not said: for such a one, the
    signal may come too late. What has stopped does nothing more by itself.
    """
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGSTOP)
        until(lambda: _state(process) in {"T", *_ENDED})
        if _state(process) == "T":
            os.kill(process, signal.SIGKILL)
            return True
    return False


def _replaced(server: Server, model: str) -> float:
    """Return how many processes of a model the server says were replaced."""
    name = f'predictql_replaced_processes_total{{model="{model}",version="1"}}'
    (line,) = (line for line in server.page("/metrics").splitlines() if line.startswith(name))
    return float(line.split()[-1])


def _go_on(callers: Callers) -> None:
    right = callers.right
    until(lambda: callers.right > right + 30 or bool(callers.failures))
