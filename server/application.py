"""The FastAPI application, with a short way to the door that nearly all requests want."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send


class Application(FastAPI):
    """FastAPI, but requests with one path go straight to their door.

    Middleware and routing cost more than a small model's prediction. So what is to hold for these requests, too, is to
    stand around the door; other methods than POST and GET go the long way.
    """

    def __init__(self, path: str, **options: Any) -> None:
        super().__init__(**options)
        self._path = path
        self._door: ASGIApp | None = None

    def shorten(self, door: ASGIApp) -> None:
        """Let the path's requests go straight to an ASGI application from now on."""
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        door = self._door
        if door and scope["type"] == "http" and scope["path"] == self._path and scope["method"] in {"POST", "GET"}:
            await door(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)
