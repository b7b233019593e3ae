"""A server that replies to all requests in one way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from benchmarks.http.client import Address, Request

Reply = Callable[[], Awaitable[bytes]]
"""Returns a whole answer."""


def answer(status: str, body: bytes) -> bytes:
    """Write an answer."""
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@asynccontextmanager
async def replying(request: Request, reply: Reply) -> AsyncIterator[Address]:
    """Serve, as long as the context lasts, those who send this request."""
    talking: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talking.add(task)
        try:
            while await reader.readexactly(len(request.wire)):
                writer.write(await reply())
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield Address(server.sockets[0].getsockname()[1])
        for task in talking:
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)
        await asyncio.sleep(0)
