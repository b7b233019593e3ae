"""Work for a client ends when the client is gone: what it asked for is not computed for nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Final, TypeVar

from starlette.types import Receive

GRACE_SECONDS: Final = 0.02
"""Work that is done within this time is not watched over: that would cost more than it could save."""

Result = TypeVar("Result")


class ClientGone(Exception):
    """The client closed its connection before its answer was ready."""


async def while_connected(receive: Receive, work: Awaitable[Result]) -> Result:
    """Await some work. Where the client closes its connection meanwhile, cancel it and raise ClientGone.

    `receive` is the ASGI request's, whose body has been read: all that can still come is the disconnect.
    """
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  # a coroutine that runs is in a task
    watch = _Watch(receive, task)
    timer = asyncio.get_running_loop().call_later(GRACE_SECONDS, watch.begin)
    try:
        return await work
    except asyncio.CancelledError:
        if not watch.client_is_gone:
            raise
        task.uncancel()
        raise ClientGone from None
    finally:
        timer.cancel()
        watch.end()


class _Watch:
    """Waits for a disconnect, and cancels a task when it comes."""

    def __init__(self, receive: Receive, task: asyncio.Task[Any]) -> None:
        self._receive = receive
        self._task = task
        self._watching: asyncio.Task[None] | None = None
        self.client_is_gone = False

    def begin(self) -> None:
        self._watching = asyncio.ensure_future(self._wait())

    def end(self) -> None:
        if self._watching is not None:
            self._watching.cancel()

    async def _wait(self) -> None:
        # Asked once only: a server that answers at once with something else would be asked without end.
        if (await self._receive())["type"] == "http.disconnect":
            self.client_is_gone = True
            self._task.cancel()
