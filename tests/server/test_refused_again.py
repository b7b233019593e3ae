"""A request like one that was refused has the same answer before it is looked at, until there is room again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pandas as pd
import pytest
from fastapi import FastAPI
from sklearn.linear_model import LinearRegression

from inference.statistics.live import LiveStatistics
from server.accept import GRAPHQL_RESPONSE
from server.answer import Answer
from server.app import create_app
from server.connection import PostDoor
from server.metrics.families import HTTP_RECEIVED, HTTP_REQUESTS, OPERATION_SECONDS, OPERATIONS
from server.metrics.shared_cells import SharedCells
from server.settings import Settings

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder

HEADERS = {b"content-type": b"application/json"}
NEWER = {**HEADERS, b"accept": GRAPHQL_RESPONSE.encode()}
BATCH = "query Many($rows: [LineInput!]!) { lineBatch(inputs: $rows) { predictions { value } } }"
SINGLE = "query One($row: LineInput!) { line(input: $row) { value } }"
MOST_ROWS = 100


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let refusals hold until there is room, however busy the machine is."""
    monkeypatch.setattr("inference.scheduler.refusals._LEAST_SECONDS", 10.0)


@pytest.fixture
def app(models_folder: ModelsFolder, tmp_path: Path) -> Iterator[FastAPI]:
    """Serve one model, for which few rows may wait."""
    rows = pd.DataFrame({"x": np.arange(8.0)})
    card = {"limits": {"max_rows": MOST_ROWS, "max_queued_rows": MOST_ROWS}}
    models_folder.add("line", LinearRegression().fit(rows, 3 * rows["x"]), sample=rows, card=card)
    made = create_app(Settings(models=models_folder.path), metrics_dir=tmp_path)
    yield made
    made.state.loaded.service.close()


@pytest.fixture
def door(app: FastAPI) -> PostDoor:
    """Open its door."""
    opened: PostDoor = app.state.shortcut.door
    return opened


def body_of(count: int, query: str = BATCH, value: float = 1.0) -> bytes:
    return orjson.dumps({"query": query, "variables": {"rows": [{"x": value}] * count}})


def single(value: float = 1.0) -> bytes:
    return orjson.dumps({"query": SINGLE, "variables": {"row": {"x": value}}})


async def answered(door: PostDoor, *bodies: bytes, headers: dict[bytes, bytes] = HEADERS) -> list[Answer]:
    """Return the answers to requests of one turn of the event loop."""
    answers: list[Answer] = []
    for body in bodies:
        door.begin(headers, body, answers.append)
    while len(answers) < len(bodies):  # noqa: ASYNC110  # an event would cost more than it tells
        await asyncio.sleep(0.001)
    return answers


async def refused(door: PostDoor, body: bytes, headers: dict[bytes, bytes] = HEADERS) -> Answer:
    """Fill the queue, and return the second refusal of a request. The queue is full until this turn ends."""
    answers: list[Answer] = []
    door.begin(HEADERS, body_of(MOST_ROWS), lambda _: None)
    for _ in range(2):  # the first one may be read before
        door.begin(headers, body, answers.append)
    first, second = answers
    assert (first.status, second.status) == (503, 503)
    assert first.body == second.body
    return second


def run(door: PostDoor, work: Any) -> Any:
    """Do something after all that it needs was asked before, so that nothing has to be parsed any more."""

    async def prepared() -> Any:
        for body in (body_of(1), body_of(MOST_ROWS), single()):
            await answered(door, body)
        first = await refused(door, body_of(1))  # from now on, others are expected to be refused
        await asyncio.sleep(0.05)
        return first, await work()

    return asyncio.run(prepared())[1]


@pytest.mark.parametrize("body", [body_of(2, value=7.0), body_of(MOST_ROWS), body_of(1, value=-1e300)])
def test_other_rows_are_refused_with_the_same_answer(door: PostDoor, body: bytes) -> None:
    async def again() -> tuple[Answer, Answer | None]:
        return await refused(door, body_of(1)), door.refused_again(HEADERS, body)

    first, second = run(door, again)
    assert second is first


def test_single_rows_have_it_too(door: PostDoor) -> None:
    async def again() -> tuple[Answer, Answer | None]:
        return await refused(door, single()), door.refused_again(HEADERS, single(5.0))

    first, second = run(door, again)
    assert second is first
    assert b'"data":{"line":null}' in first.body


def test_a_client_of_the_newer_media_type_has_its_own(door: PostDoor) -> None:
    async def again() -> list[Answer | None]:
        first = await refused(door, body_of(1), NEWER)
        return [first, door.refused_again(NEWER, body_of(1)), door.refused_again(HEADERS, body_of(1))]

    first, second, other = run(door, again)
    assert second is first
    assert first.kind == GRAPHQL_RESPONSE
    assert other is None


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (HEADERS, single()),
        (HEADERS, body_of(1, BATCH.replace("Many", "More"))),
        (HEADERS, body_of(MOST_ROWS + 1)),
        (HEADERS, body_of(0)),
        (HEADERS, b"{}"),
        (HEADERS, body_of(1)[:-1]),
        ({b"content-type": b"text/plain"}, body_of(1)),
        ({}, body_of(1)),
        ({**HEADERS, b"accept": b"image/png"}, body_of(1)),
    ],
)
def test_any_other_request_is_looked_at(door: PostDoor, headers: dict[bytes, bytes], body: bytes) -> None:
    async def other() -> Answer | None:
        await refused(door, body_of(1))
        assert door.refused_again(HEADERS, body_of(1)) is not None
        return door.refused_again(headers, body)

    assert run(door, other) is None


def test_when_there_is_room_again_a_request_is_answered(door: PostDoor) -> None:
    async def later() -> tuple[Answer | None, Answer]:
        await refused(door, body_of(1))
        await asyncio.sleep(0.05)
        again = door.refused_again(HEADERS, body_of(1))
        return again, (await answered(door, body_of(1, value=2.0)))[0]

    again, answer = run(door, later)
    assert again is None
    assert orjson.loads(answer.body)["data"]["lineBatch"]["predictions"][0]["value"] == pytest.approx(6)


def test_each_is_counted_as_the_first_was(app: FastAPI, door: PostDoor, tmp_path: Path) -> None:
    service = app.state.loaded.service

    def live() -> LiveStatistics:
        counted: LiveStatistics = service.live(service.model("line"))
        return counted

    async def again() -> tuple[LiveStatistics, LiveStatistics]:
        await asyncio.sleep(0.05)
        before = live()
        await refused(door, body_of(2))
        for _ in range(10):
            assert door.refused_again(HEADERS, body_of(3)) is not None
        await asyncio.sleep(0.05)
        return before, live()

    before, after = run(door, again)
    assert sum(one.calls for one in after.refused) - sum(one.calls for one in before.refused) == 2 + 10
    rows = [sum(one.rows for one in each.errors) for each in (before, after)]
    assert rows[1] - rows[0] == 2 * 2 + 10 * 3
    assert after.calls - before.calls == 2 + 10 + 1  # and the call that filled the queue
    cells = SharedCells(tmp_path)
    assert cells.total(OPERATIONS, "Many", "line", "plan", "failed")[0] == 14
    assert sum(cells.total(OPERATION_SECONDS, "Many", "line", "plan")[:-1]) == 14 + 4
    assert cells.total(HTTP_REQUESTS, "5xx")[0] == 10
    assert cells.total(HTTP_RECEIVED)[0] == 10 * len(body_of(3))
