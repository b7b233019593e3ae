"""The benchmark over HTTP runs, and notices answers that are not the estimator's."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import orjson
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from benchmarks.http.client import Address, Measured, Request
from benchmarks.http.load import closed_loop, open_loop
from benchmarks.http.subject import Workload
from tests.conftest import ModelsFolder

ROOT = Path(__file__).parents[2]
GIVE_UP_SECONDS = 300

Load = Callable[[Address], Awaitable[Measured]]


@pytest.fixture
def flowers(models_folder: ModelsFolder) -> Path:
    sample = pd.DataFrame({"petal length": [1.0, 1.5, 4.0, 4.5, 6.0, 6.5], "width": [0.1, 0.4, 1.2, 1.4, 2.0, 2.4]})
    species = ["setosa", "setosa", "versicolor", "versicolor", "virginica", "virginica"]
    models_folder.add("flowers", LogisticRegression().fit(sample, species), sample=sample)
    return models_folder.path


def answer_of(workload: Workload, request: Request) -> list[dict[str, Any]]:
    """Answer a request to the REST rival as its estimator does, without a server."""
    rows = orjson.loads(request.wire.partition(b"\r\n\r\n")[2])
    estimator = workload.rival.estimator()
    frame = pd.DataFrame([list(row.values()) for row in rows], columns=workload.rival.sources)
    return [
        {
            "label": label,
            "probability": max(each),
            "probabilities": dict(zip(workload.rival.classes, each, strict=True)),
        }
        for label, each in zip(estimator.predict(frame), estimator.predict_proba(frame).tolist(), strict=True)
    ]


class Always(asyncio.Protocol):
    """A server that gives all requests one answer, in two pieces and after some time."""

    def __init__(self, status: str, body: bytes, seconds: float) -> None:
        self._head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        self._body = body
        self._seconds = seconds

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer."""
        assert data.endswith(b"?")
        self._transport.write(self._head + self._body[:1])
        asyncio.get_running_loop().call_later(self._seconds, self._transport.write, self._body[1:])


def measured(always: Callable[[], Always], load: Load) -> Measured:
    async def measure() -> Measured:
        server = await asyncio.get_running_loop().create_server(always, "127.0.0.1", 0)
        async with server:
            return await load(Address(server.sockets[0].getsockname()[1]))

    return asyncio.run(measure())


def test_a_short_run_finds_no_wrong_answer_and_prints_every_server(flowers: Path, tmp_path: Path) -> None:
    numbers = tmp_path / "numbers.json"
    words = [sys.executable, "-m", "benchmarks.http", str(flowers), "--model", "flowers", "--quick", "--json"]
    done = subprocess.run(
        [*words, str(numbers)], cwd=ROOT, capture_output=True, text=True, timeout=GIVE_UP_SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Wrong answers: 0. Failed: 0." in done.stdout
    for server in ("Strawberry", "predictql", "predictql --engine native", "FastAPI"):
        assert done.stdout.count(f"| {server} |") == 3
    assert json.loads(numbers.read_text())["rates"][0]["predictql"]["100"] > 0


def test_the_estimators_own_answer_is_right_and_any_other_is_wrong(flowers: Path) -> None:
    workload = Workload.of(flowers, "flowers")
    request = workload.rest(100)[0]
    rows = answer_of(workload, request)
    assert request.accepts(orjson.dumps(rows))
    assert not request.accepts(orjson.dumps(rows[:-1]))
    assert not request.accepts(orjson.dumps(rows[::-1]))
    assert not request.accepts(orjson.dumps([{**rows[0], "label": "?"}, *rows[1:]]))
    assert not request.accepts(orjson.dumps([{**rows[0], "probability": 0.1}, *rows[1:]]))
    assert not request.accepts(b"[")


def test_a_model_that_is_no_classifier_of_numbers_is_refused(models_folder: ModelsFolder) -> None:
    sample = pd.DataFrame({"x": [1.0, 2.5]})
    models_folder.add("line", LinearRegression().fit(sample, [1, 2]), sample=sample)
    with pytest.raises(ValueError, match=r"line is no classifier of rows of numbers. Name another with --model."):
        Workload.of(models_folder.path, "line")
    with pytest.raises(ValueError, match=r"needs a model.joblib and a sample.csv"):
        Workload.of(models_folder.path, "nothing")


@pytest.mark.parametrize(
    ("body", "status", "kind"), [(b"right", "200 OK", "right"), (b"no", "200 OK", "wrong"), (b"no", "503 No", "failed")]
)
def test_the_client_tells_right_wrong_and_failed_answers_apart(body: bytes, status: str, kind: str) -> None:
    requests = [Request.post("/", b"?", lambda body: body == b"right")]
    loads: list[Load] = [
        lambda address: closed_loop(address, requests, 4, seconds=0.05, warm_up=0.01),
        lambda address: open_loop(address, requests, 200, 4, seconds=0.1),
    ]
    for load in loads:
        found = measured(lambda: Always(status, body, seconds=0), load)
        counted = {"right": len(found.latencies), "wrong": found.wrong, "failed": found.failed}
        assert found.answers > 0
        assert counted == dict.fromkeys(counted, 0) | {kind: found.answers}


def test_a_percentile_is_the_latency_that_so_many_answers_kept_in_milliseconds() -> None:
    found = Measured(latencies=[0.004, 0.002, 0.003, 0.001])
    assert found.percentile(0.5) == pytest.approx(3)
    assert found.percentile(0.99) == pytest.approx(4)


def test_a_request_that_finds_no_connection_waits_and_its_wait_is_counted() -> None:
    requests = [Request.post("/", b"?", lambda body: body == b"right")]
    found = measured(
        lambda: Always("200 OK", b"right", seconds=0.02),
        lambda address: open_loop(address, requests, rate=200, connections=1, seconds=0.2),
    )
    assert len(found.latencies) > 10
    assert max(found.latencies) > 5 * 0.02
