"""Callers that share nothing: each has a connection of its own, and may leave when it likes."""

from __future__ import annotations

import asyncio
import json
import resource
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

_HEAD = b"POST /graphql HTTP/1.1\r\nhost: here\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"


class Reply(NamedTuple):
    """What a caller got."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any]


class Caller(NamedTuple):
    """One open connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, query: str, **variables: Any) -> None:
        """Send an operation and wait for nothing."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        self.writer.write(_HEAD % len(body) + body)
        await self.writer.drain()

    async def reply(self) -> Reply:
        """Read the answer to the operation that was sent."""
        status, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines if line)
        body = await self.reader.readexactly(int(headers["content-length"]))
        return Reply(int(status.split()[1]), headers, json.loads(body))

    async def ask(self, query: str, **variables: Any) -> Reply:
        """Send an operation and read its answer."""
        await self.send(query, **variables)
        return await self.reply()

    async def leave(self) -> None:
        """Close the connection."""
        self.writer.close()
        await self.writer.wait_closed()


@contextmanager
def many_files(connections: int) -> Iterator[None]:
    """Let this process, and those it starts, have both ends of so many connections open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * connections + 500
    if soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@asynccontextmanager
async def callers(url: str, count: int) -> AsyncIterator[list[Caller]]:
    """Open some connections, and close those that are still open in the end."""
    address = urlsplit(url)
    opened = [Caller(*await asyncio.open_connection(address.hostname, address.port)) for _ in range(count)]
    try:
        yield opened
    finally:
        for caller in opened:
            caller.writer.close()


def with_callers(url: str, count: int, do: Callable[[Sequence[Caller]], Awaitable[Any]]) -> Any:
    """Let some callers do something; what takes longer than a minute hangs."""

    async def run() -> Any:
        async with asyncio.timeout(60), callers(url, count) as opened:
            return await do(opened)

    return asyncio.run(run())
