"""HTTP requests and the bytes of their bodies are counted, whatever becomes of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inference.statistics.cells import ProcessCells
from inference.statistics.family import Family
from server.metrics.families import HTTP_IN_FLIGHT, HTTP_RECEIVED, HTTP_REQUESTS, HTTP_SENT
from server.metrics.traffic import CountedTraffic, Traffic


def exchange(app: ASGIApp, cells: ProcessCells, kind: str = "http", bodies: Iterable[bytes] = (b"",)) -> list[Message]:
    """Make one request, and return what the application sent."""
    sent: list[Message] = []
    parts = iter(bodies)

    async def receive() -> Message:
        return {"type": "http.request", "body": next(parts), "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(CountedTraffic(app, Traffic(cells))({"type": kind}, receive, send))
    return sent


def value(cells: ProcessCells, family: Family, *labels: str) -> float:
    return cells.total(family, *labels)[0]


def answering(status: int) -> ASGIApp:
    async def app(_: Scope, receive: Receive, send: Send) -> None:
        for _part in range(2):
            await receive()
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"12345", "more_body": True})
        await send({"type": "http.response.body", "body": b"678"})

    return app


@pytest.mark.parametrize(("status", "label"), [(200, "2xx"), (307, "3xx"), (404, "4xx"), (503, "5xx")])
def test_a_request_is_counted_by_its_status_and_its_bytes(status: int, label: str) -> None:
    cells = ProcessCells()
    assert len(exchange(answering(status), cells, bodies=[b"ab", b"c"])) == 3
    assert value(cells, HTTP_REQUESTS, label) == 1
    assert (value(cells, HTTP_RECEIVED), value(cells, HTTP_SENT), value(cells, HTTP_IN_FLIGHT)) == (3, 8, 0)


def test_a_request_that_is_answered_as_soon_as_it_came_was_never_in_flight() -> None:
    cells = ProcessCells()
    Traffic(cells).answers(503, 3, 8)
    assert value(cells, HTTP_REQUESTS, "5xx") == 1
    assert (value(cells, HTTP_RECEIVED), value(cells, HTTP_SENT), value(cells, HTTP_IN_FLIGHT)) == (3, 8, 0)


def test_a_request_is_in_flight_until_it_ends() -> None:
    cells = ProcessCells()

    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        assert value(cells, HTTP_IN_FLIGHT) == 1

    exchange(app, cells)
    assert (value(cells, HTTP_IN_FLIGHT), value(cells, HTTP_REQUESTS, "aborted")) == (0, 1)


def test_an_application_that_raises_is_counted_as_an_error_and_the_error_goes_on() -> None:
    cells = ProcessCells()

    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise LookupError("of its own")

    with pytest.raises(LookupError, match="of its own"):
        exchange(app, cells)
    assert (value(cells, HTTP_IN_FLIGHT), value(cells, HTTP_REQUESTS, "5xx")) == (0, 1)


def test_what_is_no_request_passes_uncounted() -> None:
    cells = ProcessCells()

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": f"{scope['type']}.startup.complete"})

    assert exchange(app, cells, kind="lifespan") == [{"type": "lifespan.startup.complete"}]
    assert {row[0] for row in cells.totals().values()} == {0}
