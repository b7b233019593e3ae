"""More to do than can be done: refusals are quick and say when to come again, and nobody waits for another's work."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import httpx2

from tests.end_to_end.callers import Caller, Reply, with_callers

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Faulty

HEALTH_P99_SECONDS = 0.05
REFUSAL_SECONDS = 0.01


def _query(model: str) -> str:
    return f"query($x: Float!) {{ {model}(input: {{x: $x}}) {{ value }} }}"


def test_who_finds_the_queue_full_is_refused_at_once_and_told_when_to_come_again(faulty: Faulty) -> None:
    full = _query("full")

    async def fill(callers: Sequence[Caller]) -> tuple[list[Reply], list[Reply], Reply, list[float]]:
        first, mixed, late, *waiting = callers
        await first.send(full, x=100.0)
        await asyncio.sleep(0.1)
        for row, caller in enumerate(waiting):
            await caller.send(full, x=float(row))
        await asyncio.sleep(0.1)
        refused: list[Reply] = []
        seconds: list[float] = []
        for _ in range(20):
            start = time.perf_counter()
            refused.append(await late.ask(full, x=666.0))
            seconds.append(time.perf_counter() - start)
        both = await mixed.ask("{ full(input: {x: 666}) { value } server { name } }")
        return await asyncio.gather(first.reply(), *(c.reply() for c in waiting)), refused, both, seconds

    answered, refused, both, seconds = with_callers(faulty.server.url, 8, fill)
    assert [reply.body["data"]["full"]["value"] for reply in answered] == [200, 0, 2, 4, 6, 8]
    assert {reply.status for reply in answered} == {200}
    for reply in refused:
        (error,) = reply.body["errors"]
        assert reply.status == 503
        assert reply.body["data"] == {"full": None}
        assert error["extensions"]["code"] == "OVERLOADED"
        assert 1 <= error["extensions"]["retryAfterMs"] <= 2000
        assert reply.headers["retry-after"] == str(-(-error["extensions"]["retryAfterMs"] // 1000))
        assert "5 rows wait already, and at most 5 may" in error["message"]
    assert min(seconds) < REFUSAL_SECONDS
    assert both.status == 200
    assert "retry-after" not in both.headers
    assert both.body["data"]["server"] is not None
    assert both.body["errors"][0]["extensions"].keys() == {"code", "retryAfterMs"}
    assert 666.0 not in itertools.chain.from_iterable(faulty.asked("full"))


def test_a_refusal_has_its_status_for_clients_of_the_newer_media_type_too(faulty: Faulty) -> None:
    async def refuse(callers: Sequence[Caller]) -> httpx2.Response:
        body = {"query": _query("full"), "variables": {"x": 1.0}}
        await callers[0].send(_query("full"), x=100.0)
        await asyncio.sleep(0.1)
        for caller in callers[1:]:
            await caller.send(_query("full"), x=1.0)
        await asyncio.sleep(0.1)
        async with httpx2.AsyncClient(base_url=faulty.server.url) as http:
            return await http.post("/graphql", json=body, headers={"accept": "application/graphql-response+json"})

    response = with_callers(faulty.server.url, 6, refuse)
    assert response.status_code == 503
    assert response.headers["content-type"].startswith("application/graphql-response+json")
    assert int(response.headers["retry-after"]) >= 1
    assert response.json()["data"] == {"full": None}


def test_a_deadline_that_passes_is_told_on_time_whether_the_rows_wait_or_run(faulty: Faulty) -> None:
    hurried = _query("hurried")

    async def too_late(callers: Sequence[Caller]) -> tuple[list[Reply], float, Reply]:
        runs, waits, after = callers
        await runs.send(hurried, x=100.0)
        await asyncio.sleep(0.1)
        await waits.send(hurried, x=5.0)
        start = time.monotonic()
        late = [await runs.reply(), await waits.reply()]
        seconds = time.monotonic() - start
        await asyncio.sleep(1.0)
        return late, seconds, await after.ask(hurried, x=6.0)

    late, seconds, after = with_callers(faulty.server.url, 3, too_late)
    for reply in late:
        assert reply.status == 200
        (error,) = reply.body["errors"]
        assert error["message"] == "No answer within 300 ms."
        assert error["extensions"] == {"code": "DEADLINE_EXCEEDED"}
    assert seconds < 0.8, "the answers came when the model was done, not when their deadlines passed"
    assert after.body == {"data": {"hurried": {"value": 12}}}
    assert faulty.asked("hurried") == [[100.0], [6.0]]


def _waits(url: str, path: str, while_: Callable[[float], bool]) -> list[float]:
    """Ask for something again and again, and return how long each answer took."""
    waits: list[float] = []
    begin = time.monotonic()
    with httpx2.Client(base_url=url, timeout=30) as http:
        while while_(time.monotonic() - begin):
            start = time.perf_counter()
            assert http.get(path).status_code == 200
            waits.append(time.perf_counter() - start)
            time.sleep(0.002)
    return waits


def _p99(waits: list[float]) -> float:
    return sorted(waits)[int(0.99 * len(waits))]


def test_while_a_model_sleeps_health_and_other_models_answer_as_ever(faulty: Faulty) -> None:
    url = faulty.server.url
    quiet = _p99(_waits(url, "/readyz", lambda seconds: seconds < 1.5))

    async def sleep(callers: Sequence[Caller]) -> tuple[list[float], list[Reply], Reply]:
        await callers[0].send(_query("sleeping"), x=100.0)
        await asyncio.sleep(0.1)
        probing = asyncio.create_task(asyncio.to_thread(_waits, url, "/readyz", lambda seconds: seconds < 1.5))
        replies = [await callers[1].ask(_query("poisoned"), x=float(row)) for row in range(20)]
        return await probing, replies, await callers[0].reply()

    waits, replies, slept = with_callers(url, 2, sleep)
    assert slept.body == {"data": {"sleeping": {"value": 200}}}
    assert [reply.body for reply in replies] == [{"data": {"poisoned": {"value": 2 * row}}} for row in range(20)]
    assert len(waits) > 50
    # On a machine that is busy with other things, probes are slow while no model works, too.
    assert _p99(waits) < max(HEALTH_P99_SECONDS, 3 * quiet)


def test_single_rows_are_answered_while_a_call_of_100000_rows_is(faulty: Faulty) -> None:
    rows = 100_000
    many = "query($rows: [LargeInput!]!) { largeBatch(inputs: $rows) { predictions { value } } }"

    async def beside(callers: Sequence[Caller]) -> tuple[Reply, list[Reply]]:
        large, *single = callers
        await large.send(many, rows=[{"x": 5.0}] * rows)
        asking = asyncio.create_task(large.reply())
        replies: list[Reply] = []
        while not asking.done():
            together = (caller.ask(_query("large"), x=10.0 + place) for place, caller in enumerate(single))
            replies += await asyncio.gather(*together)
        return await asking, replies

    large, replies = with_callers(faulty.server.url, 5, beside)
    assert large.body["data"]["largeBatch"]["predictions"] == [{"value": 10}] * rows
    answers: list[Any] = [reply.body for reply in replies]
    assert answers == [{"data": {"large": {"value": 20 + 2 * (place % 4)}}} for place in range(len(answers))]
    calls = [call for call in faulty.asked("large") if 5.0 in call]
    assert sum(call.count(5.0) for call in calls) == rows
    assert len(calls) > 8, "the large call was not split"
    shared = [call for call in calls if len(set(call)) > 1]
    assert shared, "no single row was in one batch with rows of the large call"
