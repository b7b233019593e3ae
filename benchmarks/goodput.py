"""Goodput: how many callers a second are answered by their deadline, under less and more load than can be borne.

The server is a process of its own and asked over HTTP, so that callers cost it nothing but what callers cost. Loads are
parts of what it can bear, which is measured anew in each round: the machine's speed drifts.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import uvloop

from benchmarks.calls import calls
from benchmarks.http.client import Request
from benchmarks.http.contestants import serve
from benchmarks.http.load import closed_loop
from benchmarks.http.servers import Running, running
from benchmarks.overload import Goodput, Load, overloaded
from benchmarks.subject import Subject

LOADS: Final = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
"""As parts of the capacity."""
WITH: Final = "predictql"
WITHOUT: Final = "without admission"
_AMPLE: Final = ("--deadline-ms", "600000", "--max-queued-rows", "100000000")
_ABOVE: Final = 1.01
_OTHER_FILES: Final = 500


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked, and until when an answer is of use."""

    model: str
    rows: int
    deadline: float
    """In seconds."""
    ways: Sequence[str] = (WITH, WITHOUT)
    loads: Sequence[float] = LOADS
    callers: int = 64
    """As many keep the server busy while its capacity is measured."""
    connections: int = 1000
    """Who finds none free waits for one: where they are few, the callers' own queue is measured."""


@dataclass(frozen=True, slots=True)
class Round:
    """All loads once."""

    capacity: float
    """Callers a second who are answered where some ask again as soon as they are."""
    ways: Mapping[str, Sequence[Goodput]]
    """What came of each load, in the order of the case."""

    def kept(self, way: str, value: Callable[[Goodput], float]) -> float:
        """Return the least goodput above capacity, as a part of the best at any load. `value` says what goodput is."""
        return _kept([one.load.rate / self.capacity for one in self.ways[way]], [*map(value, self.ways[way])])


def _kept(loads: Sequence[float], values: Sequence[float]) -> float:
    best = max(values)
    return min(value for load, value in zip(loads, values, strict=True) if load > _ABOVE) / best if best else 0.0


def kept_by_medians(rounds: Sequence[Round], way: str, value: Callable[[Goodput], float]) -> float:
    """Return the same of the medians over the rounds, for the machine may have had other work in one of them."""
    loads = [one.load.rate / rounds[0].capacity for one in rounds[0].ways[way]]
    return _kept(loads, of_rounds(rounds, way, value))


def measured(models: Path, subject: Subject, case: Case, seconds: float, rounds: int) -> list[Round]:
    """Measure all loads and ways in turns, in several rounds."""
    requests = calls(models, subject, case.rows)
    _open_many_files(case.connections + _OTHER_FILES)
    with _servers(models, case, requests[0]) as servers:
        return [_round(servers, requests, case, seconds) for _ in range(rounds)]


def _open_many_files(count: int) -> None:
    """Let this process and its servers have so many open, where the system allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count and (hard == resource.RLIM_INFINITY or count <= hard):
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


@contextmanager
def _servers(models: Path, case: Case, first: Request) -> Iterator[Mapping[str, Running]]:
    flags = {WITH: ("--deadline-ms", f"{case.deadline * 1000:.0f}"), WITHOUT: _AMPLE}
    folder = models / case.model
    with ExitStack() as stack:
        yield {way: stack.enter_context(running(serve(folder, *flags[way]), first)) for way in case.ways}


def _round(servers: Mapping[str, Running], requests: Sequence[Request], case: Case, seconds: float) -> Round:
    ample = servers.get(WITHOUT, servers[WITH])
    busy = uvloop.run(closed_loop(ample.address, requests, case.callers, seconds, seconds / 4))
    found: dict[str, list[Goodput]] = {way: [] for way in servers}
    for load in case.loads:
        for way, server in servers.items():
            callers = Load(load * busy.rate, case.deadline, min(case.deadline, 0.5), seconds, case.connections)
            found[way].append(_observed(server, requests, callers))
    return Round(busy.rate, found)


def _observed(server: Running, requests: Sequence[Request], callers: Load) -> Goodput:
    since, used = time.perf_counter(), server.processor_seconds()
    found = uvloop.run(overloaded(server.address, requests, callers))
    found.server = (server.processor_seconds() - used) / (time.perf_counter() - since)
    return found


def of_rounds(rounds: Sequence[Round], way: str, value: Callable[[Goodput], float]) -> list[float]:
    """Return the median of a value over the rounds, for each load."""
    return [median(map(value, of_load)) for of_load in zip(*(one.ways[way] for one in rounds), strict=True)]
