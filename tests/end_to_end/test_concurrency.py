"""Many callers at once: each gets the answer to its own row, and a slow model makes nobody else wait."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import httpx2
import joblib
import numpy as np
import pandas as pd
import pytest

from tests.end_to_end.callers import many_files

if TYPE_CHECKING:
    from tests.end_to_end.conftest import GraphQL

Answer = dict[str, Any]
SAME = 1e-12
"""How far an answer may be from the estimator's own, relatively: the rows that share a model call with a row change
the order in which its products are summed up."""
CONNECTIONS = 2000
HEALTHY_SECONDS = 0.1
STALL_SECONDS = 0.5
"""Tests share the machine with others: one probe may wait longer, but never as long as the slow model takes."""


class Asked(NamedTuple):
    """An operation, and whether an answer to it is right."""

    body: bytes
    is_right: Callable[[Answer], bool]


@pytest.fixture(scope="module")
def questions(demo_models: Path) -> list[Asked]:
    """Return 200 single rows of four models, in turn, with what their estimators say."""
    kinds = [_iris(demo_models), _digits(demo_models), _diabetes(demo_models), _language(demo_models)]
    return [asked for together in zip(*kinds, strict=False) for asked in together][:200]


def _loaded(demo_models: Path, name: str) -> tuple[Any, pd.DataFrame]:
    folder = demo_models / name
    return joblib.load(folder / "model.joblib"), pd.read_csv(folder / "sample.csv").iloc[:60]


def _asked(query: str, row: Any, name: str, expected: dict[str, Any]) -> Asked:
    def is_right(answer: Answer) -> bool:
        got = answer.get("data", {}).get(name)
        return got is not None and all(
            got[key] == value or (isinstance(value, float) and abs(got[key] - value) <= SAME * abs(value))
            for key, value in expected.items()
        )

    return Asked(json.dumps({"query": query, "variables": {"row": row}}).encode(), is_right)


def _iris(demo_models: Path) -> list[Asked]:
    estimator, sample = _loaded(demo_models, "iris")
    query = "query($row: IrisInput!) { iris(input: $row) { rawLabel probability } }"
    names = ("sepalLengthCm", "sepalWidthCm", "petalLengthCm", "petalWidthCm")
    rows = [dict(zip(names, row, strict=True)) for row in sample.to_numpy().tolist()]
    return _classified(query, rows, "iris", estimator, sample)


def _digits(demo_models: Path) -> list[Asked]:
    estimator, sample = _loaded(demo_models, "digits")
    query = "query($row: DigitsInput!) { digits(input: $row) { rawLabel probability } }"
    pixels = np.ascontiguousarray(sample.to_numpy())
    return _classified(query, [{"pixels": row} for row in pixels.tolist()], "digits", estimator, pixels)


def _language(demo_models: Path) -> list[Asked]:
    estimator, sample = _loaded(demo_models, "language")
    query = "query($row: LanguageInput!) { language(input: $row) { rawLabel probability } }"
    texts = sample["text"].tolist()
    return _classified(query, [{"text": text} for text in texts], "language", estimator, texts)


def _classified(query: str, rows: Sequence[Any], name: str, estimator: Any, sample: Any) -> list[Asked]:
    best = estimator.predict_proba(sample).max(axis=1).tolist()
    labels = [str(label) for label in estimator.predict(sample)]
    return [
        _asked(query, row, name, {"rawLabel": label, "probability": probability})
        for row, label, probability in zip(rows, labels, best, strict=True)
    ]


def _diabetes(demo_models: Path) -> list[Asked]:
    estimator, sample = _loaded(demo_models, "diabetes")
    query = "query($row: DiabetesInput!) { diabetes(input: $row) { value } }"
    rows = [dict(zip(sample.columns, row, strict=True)) for row in sample.astype(object).to_numpy().tolist()]
    values = estimator.predict(sample).tolist()
    return [_asked(query, row, "diabetes", {"value": value}) for row, value in zip(rows, values, strict=True)]


def test_two_hundred_callers_at_once_each_get_the_answer_to_their_own_row(
    demo: GraphQL, questions: list[Asked]
) -> None:
    async def ask_all() -> list[httpx2.Response]:
        limits = httpx2.Limits(max_connections=len(questions))
        async with httpx2.AsyncClient(base_url=demo.url, limits=limits, timeout=60) as http:
            headers = {"content-type": "application/json"}
            posts = [http.post("/graphql", content=asked.body, headers=headers) for asked in questions]
            return await asyncio.gather(*posts)

    responses = asyncio.run(ask_all())
    assert len(responses) == 200
    assert {response.status_code for response in responses} == {200}
    wrong = [r.text for asked, r in zip(questions, responses, strict=True) if not asked.is_right(r.json())]
    assert wrong == []


class _Connection(NamedTuple):
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, body: bytes) -> Answer:
        head = b"POST /graphql HTTP/1.1\r\nhost: here\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        self.writer.write(head % len(body) + body)
        await self.writer.drain()
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        assert lines[0] == "http/1.1 200 ok"
        (length,) = [line.removeprefix("content-length:") for line in lines if line.startswith("content-length:")]
        answer: Answer = json.loads(await self.reader.readexactly(int(length)))
        return answer

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


def test_two_thousand_connections_open_at_once_are_all_answered_rightly(demo: GraphQL, questions: list[Asked]) -> None:
    address = urlsplit(demo.url)
    asked = [*itertools.islice(itertools.cycle(questions), CONNECTIONS)]

    async def ask_all() -> list[Answer]:
        connections = [
            _Connection(*await asyncio.open_connection(address.hostname, address.port)) for _ in range(CONNECTIONS)
        ]
        try:
            asking = (connection.ask(one.body) for connection, one in zip(connections, asked, strict=True))
            async with asyncio.timeout(60):
                return await asyncio.gather(*asking)
        finally:
            for connection in connections:
                await connection.close()

    with many_files(CONNECTIONS):
        answers = asyncio.run(ask_all())
    rightness = Counter(one.is_right(answer) for one, answer in zip(asked, answers, strict=True))
    assert rightness == {True: CONNECTIONS}


def _while_the_model_sleeps(
    server: GraphQL, ask: Callable[[httpx2.AsyncClient], Awaitable[httpx2.Response]]
) -> tuple[list[float], Answer]:
    """Ask the slow model, and something else until it answers; return the seconds of those and the slow answer."""
    slow = {"query": "query($x: Float!) { sleepy(input: {x: $x}) { value } }", "variables": {"x": 150}}

    async def ask_both() -> tuple[list[float], Answer]:
        async with httpx2.AsyncClient(base_url=server.url, timeout=60) as http:
            await ask(http)
            sleeping = asyncio.create_task(http.post("/graphql", json=slow))
            await asyncio.sleep(0.1)
            waits: list[float] = []
            while not sleeping.done():
                start = time.monotonic()
                response = await ask(http)
                waits.append(time.monotonic() - start)
                assert response.status_code == 200
                await asyncio.sleep(0.02)
            answer: Answer = (await sleeping).json()
            return waits, answer

    return asyncio.run(ask_both())


def test_the_probes_answer_at_once_while_a_slow_model_works(awkward: GraphQL) -> None:
    for path in ("/livez", "/readyz"):
        waits, answer = _while_the_model_sleeps(awkward, lambda http, path=path: http.get(path))  # type: ignore[misc]  # bound now
        assert answer == {"data": {"sleepy": {"value": 300}}}
        assert len(waits) > 5
        assert median(waits) < HEALTHY_SECONDS
        assert max(waits) < STALL_SECONDS


def test_other_models_answer_at_once_while_a_slow_model_works(awkward: GraphQL) -> None:
    quick = {"query": "{ fragile(input: {x: 4}) { value } server { name } }"}
    waits, answer = _while_the_model_sleeps(awkward, lambda http: http.post("/graphql", json=quick))
    assert answer == {"data": {"sleepy": {"value": 300}}}
    assert len(waits) > 5
    assert median(waits) < HEALTHY_SECONDS
    assert max(waits) < STALL_SECONDS


def test_calls_that_wait_for_a_slow_model_share_its_next_call(awkward: GraphQL) -> None:
    async def ask_all() -> list[httpx2.Response]:
        async with httpx2.AsyncClient(base_url=awkward.url, timeout=60) as http:
            query = "query($x: Float!) { sleepy(input: {x: $x}) { value } }"
            return await asyncio.gather(
                *(http.post("/graphql", json={"query": query, "variables": {"x": 100 + x}}) for x in range(20))
            )

    start = time.monotonic()
    responses = asyncio.run(ask_all())
    assert [response.json()["data"]["sleepy"]["value"] for response in responses] == [200 + 2 * x for x in range(20)]
    assert time.monotonic() - start < 10, "20 calls of a second each were made one after the other"


def test_a_bad_row_of_one_caller_spoils_no_other_callers_answer(awkward: GraphQL) -> None:
    async def ask_all() -> list[Answer]:
        async with httpx2.AsyncClient(base_url=awkward.url, timeout=60) as http:
            query = "query($x: Float!) { fragile(input: {x: $x}) { value } }"
            posts = (http.post("/graphql", json={"query": query, "variables": {"x": x}}) for x in range(1, 61))
            return [response.json() for response in await asyncio.gather(*posts)]

    answers = asyncio.run(ask_all())
    assert [x for x, answer in enumerate(answers, start=1) if answer["data"]["fragile"] is None] == [13]
    assert all(a["data"]["fragile"]["value"] == 1 / x for x, a in enumerate(answers, start=1) if x != 13)
    assert [error["extensions"]["code"] for error in answers[12]["errors"]] == ["PREDICTION_FAILED"]
