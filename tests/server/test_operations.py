"""What is answered by a plan leaves nothing behind that only the garbage collector could find."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from inference.errors import Overloaded
from server.answer import Answer
from server.app import create_app
from server.connection import PostDoor
from server.metrics.operations import Lane
from server.settings import Settings

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder

HEADERS = {b"content-type": b"application/json"}
BATCH = "query ($rows: [LineInput!]!) { lineBatch(inputs: $rows) { predictions { value } } }"
ALL = BATCH.replace("$rows)", "$rows, onError: FAIL)")
MOST_ROWS = 1000


@pytest.fixture
def door(models_folder: ModelsFolder) -> PostDoor:
    """Open the door of a server of one model, for which few rows may wait."""
    rows = pd.DataFrame({"x": np.arange(8.0)})
    card = {"limits": {"max_rows": MOST_ROWS, "max_queued_rows": MOST_ROWS}, "features": {"x": {"min": 0}}}
    models_folder.add("line", LinearRegression().fit(rows, 3 * rows["x"]), sample=rows, card=card)
    opened: PostDoor = create_app(Settings(models=models_folder.path)).state.shortcut.door
    return opened


@contextmanager
def without_collections() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def answers_of(door: PostDoor, bodies: list[bytes]) -> list[Answer]:
    """Post bodies in one turn of the event loop, and return the answers."""
    answers: list[Answer] = []
    for body in bodies:
        door.begin(HEADERS, body, answers.append)
    while len(answers) < len(bodies):  # noqa: ASYNC110  # an event would be garbage, too
        await asyncio.sleep(0.001)
    return answers


def body_of(query: str, **variables: Any) -> bytes:
    return orjson.dumps({"query": query, "variables": variables})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (body_of(BATCH, rows=[{"x": 1.0}]), b'"predictions":[{"value":'),
        (body_of(BATCH, rows=[{"x": 1.0}, {"x": -1.0}]), b"null"),
        (body_of(ALL, rows=[{"x": 1.0}, {"x": -1.0}]), b'"errors":[{"index":1'),
        (body_of(BATCH, rows=[{"x": 1.0}] * (MOST_ROWS + 1)), b"BATCH_TOO_LARGE"),
        (b'{"query": "{ a: line(input: {x: 1}) { value } b: line(input: {x: 2}) { value } }"}', b'"b":{"value":'),
    ],
)
def test_an_answer_leaves_no_garbage(door: PostDoor, body: bytes, said: bytes) -> None:
    async def garbage() -> int:
        for _ in range(2):
            answers = await answers_of(door, [body])
            assert [answer.lane for answer in answers] == [Lane.PLAN]
            assert said in answers.pop().body
        with without_collections():
            await answers_of(door, [body] * 20)
            return gc.collect()

    assert asyncio.run(garbage()) < 20


@pytest.mark.parametrize("counts", [[1] * 40, [*range(40, 0, -1)]], ids=["known", "each looked at anew"])
def test_a_refusal_leaves_no_garbage_and_none_before_it(door: PostDoor, counts: list[int]) -> None:
    full, *others = (body_of(BATCH, rows=[{"x": 1.0}] * count) for count in (MOST_ROWS, *counts))

    def refusals() -> int:
        return sum(isinstance(one, Overloaded) for one in gc.get_objects())

    async def garbage() -> tuple[int, int]:
        await answers_of(door, [full, others[-1]])
        for _ in range(20):
            before = refusals()  # those of other tests
            with without_collections():
                answers = await answers_of(door, [full, *others])
                refused = sum(b"OVERLOADED" in answer.body for answer in answers)
                answers.clear()
                found = gc.collect(), refusals() - before
            if refused == 40:  # else the machine paused, and the full batch was run before all others came
                return found
        pytest.fail("There was room for some of the others each time.")

    found, left = asyncio.run(garbage())
    assert found < 20
    assert left < 5, "the one that holds refers to those before it"
