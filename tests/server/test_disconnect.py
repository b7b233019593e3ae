"""Work ends when its client is gone, and only then."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.disconnect import GRACE_SECONDS, ClientGone, while_connected


async def work(seconds: float, ended: list[str]) -> str:
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        ended.append("cancelled")
        raise
    ended.append("done")
    return "answer"


async def run(seconds: float, gone_after: float) -> tuple[Any, list[str], int]:
    """Do some work for a client that leaves; return what came of it, how it ended, and how often it was looked for."""
    ended: list[str] = []
    looked: list[None] = []

    async def receive() -> dict[str, Any]:
        looked.append(None)
        await asyncio.sleep(gone_after)
        return {"type": "http.disconnect"}

    try:
        return await while_connected(receive, work(seconds, ended)), ended, len(looked)
    except ClientGone as gone:
        return gone, ended, len(looked)


def test_work_ends_when_its_client_is_gone() -> None:
    result, ended, _ = asyncio.run(run(10, 0.05))
    assert isinstance(result, ClientGone)
    assert ended == ["cancelled"]


def test_work_whose_client_waits_is_done() -> None:
    assert asyncio.run(run(0.1, 10)) == ("answer", ["done"], 1)


def test_nobody_is_watched_while_work_is_quick() -> None:
    assert asyncio.run(run(GRACE_SECONDS / 20, 0)) == ("answer", ["done"], 0)


def test_work_that_is_cancelled_for_another_reason_stays_cancelled() -> None:
    async def cancel() -> Any:
        task = asyncio.create_task(run(10, 10))
        await asyncio.sleep(0.05)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancel())


def test_a_server_that_never_tells_of_a_disconnect_is_asked_once() -> None:
    asked: list[None] = []

    async def receive() -> dict[str, Any]:
        asked.append(None)
        return {"type": "http.request", "body": b"", "more_body": False}

    assert asyncio.run(while_connected(receive, work(0.1, []))) == "answer"
    assert len(asked) == 1


def test_what_is_done_after_a_client_has_gone_is_not_cancelled() -> None:
    async def go_on() -> str:
        await run(10, 0.01)
        await asyncio.sleep(0.01)
        return "still here"

    assert asyncio.run(go_on()) == "still here"
