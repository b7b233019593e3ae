"""Goodput: how many callers a second are answered by their deadline, under less and more load than can be borne.

The server is a process of its own and asked over HTTP, so that callers cost it nothing but what callers cost. Loads are
parts of what it can bear. They come in turns, in another order in each round: the machine's speed drifts.
"""

from __future__ import annotations

import os
import random
import resource
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median, stdev
from time import perf_counter
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
_WITHOUT_ROUNDS: Final = 3
"""In so many rounds at most: without admission, it does not matter what happens by chance."""
_CAPACITIES: Final = 3
_OTHER_FILES: Final = 500
_SEED: Final = 7

Value = Callable[[Goodput], float]
"""What is asked of a measurement."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked, and until when an answer is of use."""

    model: str
    rows: int
    deadline: float
    """In seconds."""
    ways: Sequence[str] = (WITH, WITHOUT)
    loads: Sequence[float] = LOADS
    callers: int = 256
    """As many keep the server busy while its capacity is measured."""
    connections: int = 1000
    """Who finds none free waits for one: where they are few, the callers' own queue is measured."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of all loads."""

    capacity: float
    """Callers a second who are answered where each asks again as soon as it is."""
    loads: Sequence[float]
    """As parts of the capacity."""
    ways: Mapping[str, Sequence[Sequence[Goodput]]]
    """For each load, one for each round."""

    def values(self, way: str, value: Value) -> list[list[float]]:
        """Return a value of each load, of each round."""
        return [[*map(value, of_load)] for of_load in self.ways[way]]

    def means(self, way: str, value: Value) -> list[float]:
        """Return the mean over the rounds of each load."""
        return [*map(fmean, self.values(way, value))]

    def error(self, way: str, value: Value, place: int) -> float:
        """Return the standard error of a mean."""
        return standard_error(self.values(way, value)[place])


def standard_error(values: Sequence[float]) -> float:
    """Return the standard error of the mean of some values; NaN for a single one."""
    return stdev(values) / len(values) ** 0.5 if len(values) > 1 else float("nan")


def measured(models: Path, subject: Subject, case: Case, seconds: float, rounds: int) -> Measured:
    """Measure all loads and ways in turns, in several rounds."""
    requests = calls(models, subject, case.rows)
    _open_many_files(case.connections + _OTHER_FILES)
    with _servers(models, case, requests[0]) as servers, _behind_servers():
        ample = servers.get(WITHOUT, servers[WITH]).address
        capacity = median(
            uvloop.run(closed_loop(ample, requests, case.callers, seconds, seconds / 4)).rate
            for _ in range(_CAPACITIES)
        )
        found: dict[str, list[list[Goodput]]] = {way: [[] for _ in case.loads] for way in servers}
        for way, place in _turns(case, rounds):
            rate = case.loads[place] * capacity
            callers = Load(rate, case.deadline, min(case.deadline, 0.5), seconds, case.connections)
            found[way][place].append(_observed(servers[way], requests, callers))
    return Measured(capacity, case.loads, found)


def _turns(case: Case, rounds: int) -> Iterator[tuple[str, int]]:
    """Yield ways, and places of loads, in the order in which they are measured."""
    chance = random.Random(_SEED)  # noqa: S311  # an order is no secret
    for number in range(rounds):
        ways = [way for way in case.ways if way != WITHOUT or number < _WITHOUT_ROUNDS]
        turns = [(way, place) for way in ways for place in range(len(case.loads))]
        yield from chance.sample(turns, len(turns))


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


@contextmanager
def _behind_servers() -> Iterator[None]:
    """Let callers, who are elsewhere as a rule, not take a processor from the server the moment they wake up.

    They wait for one that is free, or until who has it has had it for its time (SCHED_BATCH of sched(7), on Linux).
    """
    if not hasattr(os, "SCHED_BATCH"):
        yield
        return
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    try:
        yield
    finally:
        os.sched_setscheduler(0, *before)


def _observed(server: Running, requests: Sequence[Request], callers: Load) -> Goodput:
    since, used = perf_counter(), server.processor_seconds()
    found = uvloop.run(overloaded(server.address, requests, callers))
    found.server = (server.processor_seconds() - used) / (perf_counter() - since)
    return found
