"""Counts HTTP requests and the bytes of their bodies."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inference.statistics.cells import Cells
from server.metrics.families import HTTP_IN_FLIGHT, HTTP_RECEIVED, HTTP_REQUESTS, HTTP_SENT

ABORTED = 0
"""The status of a request that ended before an answer began."""


class Traffic:
    """What is counted of requests. To be used from one event loop only."""

    def __init__(self, cells: Cells) -> None:
        labels = ("aborted", "1xx", "2xx", "3xx", "4xx", "5xx")
        self._requests = [cells.row(HTTP_REQUESTS, label) for label in labels]
        self._in_flight = cells.row(HTTP_IN_FLIGHT)
        self._received = cells.row(HTTP_RECEIVED)
        self._sent = cells.row(HTTP_SENT)

    def begins(self) -> None:
        """Count a request that is in flight from now on."""
        self._in_flight[0] += 1

    def passes(self, received: int, sent: int) -> None:
        """Count bytes of bodies."""
        self._received[0] += received
        self._sent[0] += sent

    def answers(self, status: int, received: int, sent: int) -> None:
        """Count a request that is answered as soon as it came, and the bytes of the bodies."""
        self._requests[status // 100][0] += 1
        self._received[0] += received
        self._sent[0] += sent

    def ends(self, status: int) -> None:
        """Count a request that is no longer in flight."""
        self._in_flight[0] -= 1
        self._requests[status // 100][0] += 1


class CountedTraffic:
    """An ASGI application that counts what passes to and from another."""

    def __init__(self, app: ASGIApp, traffic: Traffic) -> None:
        self._app = app
        self._traffic = traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = ABORTED

        async def received() -> Message:
            message = await receive()
            self._traffic.passes(len(message.get("body", b"")), 0)
            return message

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                self._traffic.passes(0, len(message.get("body", b"")))
            await send(message)

        self._traffic.begins()
        try:
            await self._app(scope, received, sent)
        except Exception:
            status = 500  # what the server makes of it outside of here
            raise
        finally:
            self._traffic.ends(status)
