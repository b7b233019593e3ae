"""Requests with the door's path go straight to it; all others are FastAPI's."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from server.application import Application


def _asked(method: str, path: str) -> tuple[int, bytes]:
    app = Application("/door")

    async def door(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"the door"})

    async def room() -> str:
        return "a room"

    app.add_api_route("/door", room, methods=["DELETE"])
    app.add_api_route("/room", room)
    app.shorten(door)
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": [], "server": ("x", 80)}
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], sent[1]["body"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_its_path_leads_straight_to_the_door(method: str) -> None:
    assert _asked(method, "/door") == (200, b"the door")


def test_other_methods_and_paths_are_routed() -> None:
    assert _asked("DELETE", "/door") == (200, b'"a room"')
    assert _asked("GET", "/room") == (200, b'"a room"')
    assert _asked("GET", "/nowhere")[0] == 404
