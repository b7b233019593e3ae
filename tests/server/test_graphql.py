"""The door is reached on the short way and on the routed one, and says which lane answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx2
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from starlette.types import ASGIApp, Message

from server.app import create_app
from server.settings import Settings

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder

PLANNED = b'{"query": "{ line(input: {x: 2}) { value } }"}'
METADATA = b'{"query": "{ models { name } }"}'


@pytest.fixture
def app(models_folder: ModelsFolder) -> ASGIApp:
    """Make the server of one model."""
    rows = pd.DataFrame({"x": np.arange(8.0)})
    models_folder.add("line", LinearRegression().fit(rows, 3 * rows["x"]), sample=rows)
    return create_app(Settings(models=models_folder.path))


async def _asked(app: ASGIApp, path: str, root_path: str, bodies: list[bytes]) -> tuple[dict[bytes, bytes], bytes]:
    sent: list[Message] = []

    async def receive() -> Message:
        if bodies:
            body = bodies.pop(0)
            return {"type": "http.request", "body": body, "more_body": bool(bodies)}
        await asyncio.Event().wait()  # the client stays
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": path,
        "root_path": root_path,
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }
    await app(scope, receive, send)
    return dict(sent[0]["headers"]), b"".join(message.get("body", b"") for message in sent[1:])


@pytest.mark.parametrize(("path", "root_path"), [("/graphql", ""), ("/models/graphql", "/models")])
@pytest.mark.parametrize(("body", "lane"), [(PLANNED, b"plan"), (METADATA, b"reference"), (b"{}", b"reference")])
def test_an_answer_says_its_lane_wherever_the_server_is_mounted(
    app: ASGIApp, path: str, root_path: str, body: bytes, lane: bytes
) -> None:
    headers, answer = asyncio.run(_asked(app, path, root_path, [body]))
    assert headers[b"x-predictql-lane"] == lane
    assert int(headers[b"content-length"]) == len(answer)


def test_a_body_may_come_in_pieces(app: ASGIApp) -> None:
    pieces = [PLANNED[:9], b"", PLANNED[9:30], PLANNED[30:]]
    answer = json.loads(asyncio.run(_asked(app, "/graphql", "", pieces))[1])
    assert answer["data"]["line"]["value"] == pytest.approx(6)


def test_other_methods_are_refused_with_those_that_are_right(app: ASGIApp, serve: Callable[[ASGIApp], str]) -> None:
    answer = httpx2.put(f"{serve(app)}/graphql", content=PLANNED)
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]
