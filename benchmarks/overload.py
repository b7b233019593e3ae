"""Callers over HTTP who come when they come, more of them than a server can bear, and what became of them."""

from __future__ import annotations

import asyncio
import gc
import random
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from typing import Final, NamedTuple

from benchmarks.http.client import Address, Connection, Request

_SEED: Final = 7
_OK: Final = 200
_REFUSED: Final = 503
_ERRORS: Final = b'{"errors"'
_SOONEST: Final = 0.0005
"""In seconds: for less, the event loop does not sleep."""
_PATIENCE: Final = 8
"""So many callers may be behind their time before answers are looked at again."""

_LOOK_SECONDS: Final = 0.01


class Load(NamedTuple):
    """Who comes, and how long for."""

    rate: float
    """Callers a second, who come independently of each other (a Poisson process)."""
    deadline: float
    """After how many seconds an answer is of no use."""
    warm_up: float
    """Callers come for so many seconds before they are counted, and for the time of the deadline after."""
    seconds: float
    connections: int
    """Who finds none free waits for one, while its time runs, and leaves at its deadline."""


@dataclass(slots=True)
class Goodput:
    """What became of the callers who were counted."""

    load: Load
    answered: list[float] = field(default_factory=list)
    """Seconds until each right answer, from when its caller was to come."""
    refused: list[float] = field(default_factory=list)
    """The same of refusals."""
    expired: int = 0
    """Callers who were told that their deadline had passed."""
    silent: int = 0
    """Callers who left without an answer: they found no connection, or all was over."""
    wrong: int = 0
    client: float = 0.0
    """How many processors the callers used."""
    server: float = 0.0
    """How many processors the server used: fewer than it could have, where others are at work on the machine."""

    @property
    def in_time(self) -> float:
        """Callers a second who had a right answer by their deadline."""
        return sum(seconds <= self.load.deadline for seconds in self.answered) / self.load.seconds

    @property
    def in_time_by_processor(self) -> float:
        """The same for each processor that the server used."""
        return self.in_time / self.server if self.server else 0.0

    @property
    def late(self) -> int:
        """Callers who were let in, and were not answered by their deadline."""
        return sum(seconds > self.load.deadline for seconds in self.answered) + self.expired + self.silent

    def count(self, request: Request, status: int, body: bytes, seconds: float) -> None:
        """Count an answer."""
        if status == _REFUSED:
            self.refused.append(seconds)
        elif status == _OK and body.startswith(_ERRORS):
            self.expired += 1
        elif status == _OK and request.accepts(body):
            self.answered.append(seconds)
        else:
            self.wrong += 1


class _Asked(NamedTuple):
    request: Request
    due: float


class _Callers:
    """All callers, on their connections. Answers are kept, and looked at when all is over."""

    def __init__(self, requests: Sequence[Request], load: Load) -> None:
        self._load = load
        self._requests = cycle(requests)
        self._idle: deque[Connection] = deque()
        self._waiting: deque[float] = deque()
        self._asked: dict[Connection, _Asked] = {}
        self._answers: list[tuple[_Asked, int, bytes, float]] = []
        self._left: list[float] = []
        self._begin = 0.0

    async def connect(self, address: Address) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(self._load.connections):
            _, made = await loop.create_connection(lambda: Connection(self._answered), address.host, address.port)
            self._idle.append(made)

    async def come(self) -> None:
        """Let them come, and leave those alone who are not answered."""
        self._begin = time.perf_counter()
        behind = 0
        for due in self._arrivals():
            ahead = due - time.perf_counter()
            behind = 0 if ahead > 0 else behind + 1
            if ahead > _SOONEST or behind >= _PATIENCE:
                await asyncio.sleep(max(0.0, ahead))
                behind = 0
            if self._idle:
                self._ask(self._idle.popleft(), due)
            else:
                self._waiting.append(due)
        last = time.perf_counter() + self._load.deadline
        while (self._asked or self._waiting) and time.perf_counter() < last:  # noqa: ASYNC110  # an event would cost time at each answer
            await asyncio.sleep(_LOOK_SECONDS)

    def _arrivals(self) -> Iterator[float]:
        chance = random.Random(_SEED)  # noqa: S311  # arrivals are no secret
        due = self._begin
        end = self._begin + self._load.warm_up + self._load.seconds + self._load.deadline
        while (due := due + chance.expovariate(self._load.rate)) < end:
            yield due

    def _ask(self, connection: Connection, due: float) -> None:
        asked = self._asked[connection] = _Asked(next(self._requests), due)
        connection.send(asked.request)

    def _answered(self, connection: Connection, status: int, body: bytes) -> None:
        now = time.perf_counter()
        asked = self._asked.pop(connection)
        self._answers.append((asked, status, body, now - asked.due))
        while self._waiting:
            due = self._waiting.popleft()
            if now - due < self._load.deadline:
                self._ask(connection, due)
                return
            self._left.append(due)
        self._idle.append(connection)

    def counted(self) -> Goodput:
        first = self._begin + self._load.warm_up
        last = first + self._load.seconds
        found = Goodput(self._load)
        for asked, status, body, seconds in self._answers:
            if first <= asked.due < last:
                found.count(asked.request, status, body, seconds)
        left = (*self._left, *self._waiting, *(asked.due for asked in self._asked.values()))
        found.silent = sum(first <= due < last for due in left)
        return found

    async def leave(self) -> None:
        self._waiting.clear()
        for connection in (*self._idle, *self._asked):
            await connection.close()


async def overloaded(address: Address, requests: Sequence[Request], load: Load) -> Goodput:
    """Let callers come to a server. Raises OSError where it does not let them connect."""
    callers = _Callers(requests, load)
    await callers.connect(address)
    with _without_pauses():
        since, used = time.perf_counter(), time.process_time()
        await callers.come()
        used = (time.process_time() - used) / (time.perf_counter() - since)
    found = callers.counted()
    found.client = used
    await callers.leave()
    return found


@contextmanager
def _without_pauses() -> Iterator[None]:
    """Look for no garbage: among answers that are kept, that takes 0.1 s, in which callers would be late."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
