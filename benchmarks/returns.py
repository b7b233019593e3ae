"""Callers who are refused and come again: at once, or when they were told to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

import orjson
import uvloop

from benchmarks.calls import calls
from benchmarks.http.client import Address, Connection, Request
from benchmarks.http.contestants import serve
from benchmarks.http.servers import running
from benchmarks.subject import Subject

CALLERS: Final = (16, 64, 256, 1000)
ROWS: Final = 100
DEADLINE_SECONDS: Final = 0.5
_OK: Final = 200
_REFUSED: Final = 503
_ERRORS: Final = b'{"errors"'
_WARM_UP_SECONDS: Final = 1.0


class Returned(NamedTuple):
    """What came of some callers, each of whom asks again as soon as it is answered."""

    answered: float
    """Right answers a second."""
    refused: float
    """Refusals a second."""
    late: int
    """Callers who were told that their deadline had passed, of all rounds."""
    wrong: int
    """All other answers, of all rounds."""


@dataclass(slots=True)
class _Callers:
    """So many, on as many connections."""

    requests: Sequence[Request]
    patient: bool
    """They come again when they were told to, else at once."""
    answered: int = 0
    refused: int = 0
    late: int = 0
    wrong: int = 0
    over: bool = False

    def take(self, caller: int, connection: Connection, status: int, body: bytes) -> None:
        """Count an answer, and ask again."""
        request = self.requests[caller % len(self.requests)]
        wait = 0.0
        if status == _REFUSED:
            self.refused += 1
            wait = orjson.loads(body)["errors"][0]["extensions"]["retryAfterMs"] / 1000 if self.patient else 0.0
        elif status == _OK and request.accepts(body):
            self.answered += 1
        elif status == _OK and body.startswith(_ERRORS):
            self.late += 1
        else:
            self.wrong += 1
        if wait:
            asyncio.get_running_loop().call_later(wait, self._ask, connection, request)
        else:
            self._ask(connection, request)

    def _ask(self, connection: Connection, request: Request) -> None:
        if not self.over:
            connection.send(request)


def measured(models: Path, subject: Subject, seconds: float, rounds: int) -> dict[tuple[int, bool], Returned]:
    """Measure all numbers of callers, impatient and patient ones in turns; the medians of the rounds."""
    name = subject.model.info.name
    requests = calls(models, subject, ROWS)
    found: dict[tuple[int, bool], list[Returned]] = {
        (count, patient): [] for count in CALLERS for patient in (False, True)
    }
    with running(serve(models / name, "--deadline-ms", f"{DEADLINE_SECONDS * 1000:.0f}"), requests[0]) as server:
        for _ in range(rounds):
            for (count, patient), of_way in found.items():
                of_way.append(uvloop.run(returned(server.address, requests, count, seconds, patient=patient)))
    return {way: _of_rounds(each) for way, each in found.items()}


def _of_rounds(each: Sequence[Returned]) -> Returned:
    answered, refused = median(one.answered for one in each), median(one.refused for one in each)
    return Returned(answered, refused, sum(one.late for one in each), sum(one.wrong for one in each))


async def returned(
    address: Address, requests: Sequence[Request], count: int, seconds: float, *, patient: bool
) -> Returned:
    """Let so many callers ask a server. Raises OSError where it does not let them connect."""
    callers, loop = _Callers(requests, patient), asyncio.get_running_loop()
    connections = []
    for caller in range(count):
        make = partial(Connection, partial(callers.take, caller))
        connections.append((await loop.create_connection(make, address.host, address.port))[1])
    for caller, connection in enumerate(connections):
        connection.send(requests[caller % len(requests)])
    await asyncio.sleep(_WARM_UP_SECONDS)
    begin, answered, refused = time.perf_counter(), callers.answered, callers.refused
    await asyncio.sleep(seconds)
    passed = time.perf_counter() - begin
    rates = (callers.answered - answered) / passed, (callers.refused - refused) / passed
    found = Returned(*rates, callers.late, callers.wrong)
    callers.over = True
    await asyncio.sleep(2 * DEADLINE_SECONDS)  # so that the next ones find nothing to do
    for connection in connections:
        await connection.close()
    return found
