"""Counts HTTP requests and the bytes of their bodies, around the whole application."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inference.statistics.cells import Cells
from server.metrics.families import HTTP_IN_FLIGHT, HTTP_RECEIVED, HTTP_REQUESTS, HTTP_SENT

_ABORTED = "aborted"


class CountedTraffic:
    """An ASGI application that counts what passes to and from another."""

    def __init__(self, app: ASGIApp, cells: Cells) -> None:
        self._app = app
        self._requests = {
            status: cells.row(HTTP_REQUESTS, status) for status in ("1xx", "2xx", "3xx", "4xx", "5xx", _ABORTED)
        }
        self._in_flight = cells.row(HTTP_IN_FLIGHT)
        self._received = cells.row(HTTP_RECEIVED)
        self._sent = cells.row(HTTP_SENT)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = _ABORTED

        async def received() -> Message:
            message = await receive()
            self._received[0] += len(message.get("body", b""))
            return message

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = f"{message['status'] // 100}xx"
            else:
                self._sent[0] += len(message.get("body", b""))
            await send(message)

        self._in_flight[0] += 1
        try:
            await self._app(scope, received, sent)
        except Exception:
            status = "5xx"  # what the server makes of it outside of here
            raise
        finally:
            self._in_flight[0] -= 1
            self._requests[status][0] += 1
