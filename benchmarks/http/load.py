"""Load on a server, and a look at every answer.

Closed loop: each connection sends its next request when it has its answer. Open loop: requests are due at random times
whatever the server does, and their latency counts from then.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Final

from benchmarks.http.client import Address, Connection, Measured, Request

_GIVE_UP_SECONDS: Final = 60
_MOST_SECONDS: Final = 12
"""How long a slow server is measured."""
_COARSE_SECONDS: Final = 0.0015
"""By how much a timer may be late."""
_MOST_AT_ONCE: Final = 8
"""So many requests that are due are sent before answers are looked at."""


@dataclass
class _Loop:
    """One measurement."""

    requests: Iterator[Request]
    measured: Measured = field(default_factory=Measured)
    since: float = float("inf")
    """Answers of before are not counted: the server is warming up."""
    sent: dict[Connection, tuple[Request, float]] = field(default_factory=dict)
    idle: deque[Connection] = field(default_factory=deque)
    due: deque[float] = field(default_factory=deque)
    """When requests that found no connection were due."""
    is_closed: bool = True
    """Whether a connection sends its next request on its answer."""

    def send(self, connection: Connection, due: float) -> None:
        request = next(self.requests)
        self.sent[connection] = request, due
        self.measured.sent += 1
        connection.send(request)

    def is_due(self, due: float) -> None:
        """Send a request, or let it wait for a connection."""
        if self.idle:
            self.send(self.idle.popleft(), due)
        else:
            self.due.append(due)

    def answered(self, connection: Connection, status: int, body: bytes) -> None:
        now = time.perf_counter()
        request, due = self.sent.pop(connection)
        if now >= self.since:
            self.measured.count(request, status, body, now - due)
        if self.is_closed:
            self.send(connection, time.perf_counter())
        elif self.due:
            self.send(connection, self.due.popleft())
        else:
            self.idle.append(connection)

    async def connected(self, address: Address, connections: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(connections):
            _, made = await loop.create_connection(lambda: Connection(self.answered), address.host, address.port)
            self.idle.append(made)

    async def drained(self, opened: Sequence[Connection]) -> None:
        """Wait for the last answers, and close."""
        self.is_closed = False
        async with asyncio.timeout(_GIVE_UP_SECONDS):
            while self.sent or self.due:  # noqa: ASYNC110  # an event would cost time at each answer
                await asyncio.sleep(0.001)
        for connection in opened:
            await connection.close()


async def closed_loop(
    address: Address, requests: Sequence[Request], connections: int, seconds: float, warm_up: float
) -> Measured:
    """Load a server by connections that always wait for an answer. Raises OSError where it closes them."""
    load = _Loop(cycle(requests))
    await load.connected(address, connections)
    opened = list(load.idle)
    load.idle.clear()
    for connection in opened:
        load.send(connection, time.perf_counter())
    await asyncio.sleep(warm_up)
    load.since = time.perf_counter()
    await asyncio.sleep(seconds)
    end = load.since + _MOST_SECONDS
    while load.measured.answers < 2 * connections and time.perf_counter() < end:  # noqa: ASYNC110  # likewise
        await asyncio.sleep(seconds / 4)
    load.measured.seconds = time.perf_counter() - load.since
    load.since = float("inf")
    await load.drained(opened)
    return load.measured


async def open_loop(
    address: Address, requests: Sequence[Request], rate: float, connections: int, seconds: float
) -> Measured:
    """Send requests at random times, `rate` a second on average; those that find no connection wait and are counted."""
    load = _Loop(cycle(requests), is_closed=False)
    await load.connected(address, connections)
    opened = list(load.idle)
    load.since = time.perf_counter()
    await _come(load, _arrivals(rate, load.since, seconds))
    await load.drained(opened)
    load.measured.seconds = time.perf_counter() - load.since
    return load.measured


def _arrivals(rate: float, start: float, seconds: float) -> Iterator[float]:
    """Say when requests are due: independent of each other, and the same for every server."""
    chance = random.Random(0)  # noqa: S311  # arrivals are no secret
    due = start
    while (due := due + chance.expovariate(rate)) < start + seconds:
        yield due


async def _come(load: _Loop, arrivals: Iterator[float]) -> None:
    """Send each request when it is due. The event loop's timers are too coarse for that: it is kept turning."""
    at_once = 0
    for due in arrivals:
        while (ahead := due - time.perf_counter()) > 0:
            await asyncio.sleep(ahead - _COARSE_SECONDS if ahead > 2 * _COARSE_SECONDS else 0)
            at_once = 0
        at_once += 1
        if at_once >= _MOST_AT_ONCE:  # answers are waiting to be taken, too
            await asyncio.sleep(0)
            at_once = 0
        load.is_due(due)
