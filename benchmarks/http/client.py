"""A small HTTP client: what is sent, what is right as an answer, and one connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, cast

_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"
_OK: Final = 200
_MOST_KNOWN: Final = 1000


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens."""

    port: int
    host: str = "127.0.0.1"


@dataclass(frozen=True)
class Request:
    """What is sent, and what is right as an answer."""

    wire: bytes
    """The whole request, with its head."""
    is_right: Callable[[bytes], bool]
    """Tells whether a body answers it."""
    _known: set[bytes] = field(default_factory=set)
    """Right bodies: most answers are the same bytes as one before, and are looked at once."""

    @classmethod
    def post(cls, path: str, body: bytes, is_right: Callable[[bytes], bool]) -> Request:
        """Post JSON."""
        head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        return cls(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body, is_right)

    def accepts(self, body: bytes) -> bool:
        """Tell whether a body answers it."""
        if body in self._known:
            return True
        right = self.is_right(body)
        if right and len(self._known) < _MOST_KNOWN:
            self._known.add(body)
        return right


@dataclass
class Measured:
    """What came of some load."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    """In seconds, of right answers."""
    wrong: int = 0
    """Answers with status 200 that are not the estimator's."""
    failed: int = 0
    """Answers with another status."""
    sent: int = 0
    """Requests, those of the warm-up and the last ones included."""

    @property
    def answers(self) -> int:
        """How many answers there were."""
        return len(self.latencies) + self.wrong + self.failed

    @property
    def rate(self) -> float:
        """Right answers a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """Return the latency that a share of the answers kept, in milliseconds; NaN where there are none."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1e3 if ordered else float("nan")

    def count(self, request: Request, status: int, body: bytes, latency: float) -> None:
        """Count one answer."""
        if status != _OK:
            self.failed += 1
        elif request.accepts(body):
            self.latencies.append(latency)
        else:
            self.wrong += 1


class Connection(asyncio.Protocol):
    """One connection, with one request at a time."""

    def __init__(self, answered: Callable[[Connection, int, bytes], None]) -> None:
        self._answered = answered
        self._buffer = bytearray()
        self._whole = 0
        self._transport: asyncio.Transport | None = None
        self._gone = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own are no subclass

    def send(self, request: Request) -> None:
        """Send a request. The last one is answered."""
        if self._transport is None:
            raise ConnectionError("The server has closed the connection.")
        self._transport.write(request.wire)

    def data_received(self, data: bytes) -> None:
        """Put an answer together."""
        self._buffer += data
        if not self._whole:
            end = self._buffer.find(_END)
            if end < 0:
                return
            head = bytes(self._buffer[:end]).lower()
            self._whole = end + len(_END) + int(head.partition(_LENGTH)[2].split(b"\r\n", 1)[0])
        if len(self._buffer) >= self._whole:
            start = self._buffer.index(_END) + len(_END)
            status, body = int(self._buffer[9:12]), bytes(self._buffer[start : self._whole])
            self._buffer.clear()
            self._whole = 0
            self._answered(self, status, body)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # of the protocol
        """Send no more."""
        self._transport = None
        self._gone.set()

    async def close(self) -> None:
        """Close it, and wait until it is."""
        if self._transport:
            self._transport.close()
            await self._gone.wait()
