"""All servers under the same load, in turns, several times: the machine's speed drifts, their ratio does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import uvloop

from benchmarks.http.client import Address, Measured, Request
from benchmarks.http.contestants import Contestant
from benchmarks.http.load import closed_loop
from benchmarks.http.servers import running

CONNECTIONS: Final = 16


@dataclass(frozen=True)
class Pace:
    """How long things are measured."""

    seconds: float
    warm_up: float
    rounds: int
    rows: Sequence[int]
    """In a request, on many connections."""
    alone: Sequence[int]
    """Likewise, on one connection, in the first round."""


@dataclass
class Turn:
    """What one server did in one round."""

    start_seconds: float
    by_rows: dict[int, Measured] = field(default_factory=dict)
    """Many connections, by rows in a request."""
    alone: dict[int, Measured] = field(default_factory=dict)
    """One connection, likewise."""
    peak_megabytes: float = 0.0


Rounds = Sequence[Mapping[str, Turn]]
"""By the server's name."""


def compared(servers: Sequence[Contestant], pace: Pace, core: int | None) -> Rounds:
    """Measure all servers in turns. In each round another one is first."""
    rounds = []
    for number in range(pace.rounds):
        first = number % len(servers)
        order = [*servers[first:], *servers[:first]]
        alone = () if number else pace.alone
        turns = {server.name: _turn(server, pace, alone, core) for server in order}
        rounds.append({server.name: turns[server.name] for server in servers})
    return rounds


def under_load(address: Address, requests: Sequence[Request], connections: int, pace: Pace) -> Measured:
    """Measure a server by connections that always wait for an answer."""
    return uvloop.run(closed_loop(address, requests, connections, pace.seconds, pace.warm_up))


def _turn(server: Contestant, pace: Pace, alone: Sequence[int], core: int | None) -> Turn:
    with running(server.command, server.requests(1)[0], core) as started:
        turn = Turn(started.start_seconds)
        for rows in pace.rows:
            turn.by_rows[rows] = under_load(started.address, server.requests(rows), CONNECTIONS, pace)
        for rows in alone:
            turn.alone[rows] = under_load(started.address, server.requests(rows), 1, pace)
        turn.peak_megabytes = started.peak_megabytes()
        return turn
