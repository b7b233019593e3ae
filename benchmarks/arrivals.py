"""Callers that come when they come, answered or not (an open loop), and what became of them."""

from __future__ import annotations

import asyncio
import gc
import random
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from benchmarks.batchers import Answer, Way
from benchmarks.subject import Subject
from inference.engines.engine import Columns

_SEED: Final = 7
_BURST: Final = 64
_BURST_SECONDS: Final = 0.25
_MIXED_ROWS: Final = (1, 1, 1, 1, 2, 5, 10, 50, 200)


class Arrival(NamedTuple):
    """A caller."""

    seconds: float
    """When it comes, from the beginning on."""
    rows: int


def steady(rate: float, seconds: float, rows: int = 1) -> list[Arrival]:
    """Return callers that come independently of each other (a Poisson process), `rate` a second on average."""
    return _poisson(rate, seconds, [rows])


def mixed(rate: float, seconds: float) -> list[Arrival]:
    """Return callers with few rows and with many, who come independently of each other."""
    return _poisson(rate, seconds, _MIXED_ROWS)


def bursts(seconds: float) -> list[Arrival]:
    """Return 64 callers at once, with a row each, four times a second."""
    return [
        Arrival(number * _BURST_SECONDS, 1) for number in range(int(seconds / _BURST_SECONDS)) for _ in range(_BURST)
    ]


def _poisson(rate: float, seconds: float, sizes: Sequence[int]) -> list[Arrival]:
    chance = random.Random(_SEED)  # noqa: S311  # arrivals are no secret
    arrivals, now = [], chance.expovariate(rate)
    while now < seconds:
        arrivals.append(Arrival(now, chance.choice(sizes)))
        now += chance.expovariate(rate)
    return arrivals


@dataclass(slots=True)
class Report:
    """What became of some callers."""

    latencies: list[float] = field(default_factory=list)
    """Of those who were answered: seconds from when they were to come, however late the machine was."""
    after_last: float = 0.0
    """Seconds from the last arrival to the last answer."""
    wrong: int = 0
    batches: list[int] = field(default_factory=list)
    """The rows of each model call."""

    def quantile(self, part: float) -> float:
        """Return the latency that this part of the callers did not exceed."""
        return quantile(self.latencies, part)


def quantile(values: Sequence[float], part: float) -> float:
    """Return the value that this part of all does not exceed, NaN where there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else float("nan")


def drive(way: Way, subject: Subject, arrivals: Sequence[Arrival]) -> Report:
    """Let callers come, and wait until all are answered."""
    subject.watched.rows.clear()
    gc.collect()
    gc.freeze()  # as the server does: a collection that looks through the models stops everything for 0.1 s
    report = asyncio.run(_driven(way, subject, arrivals))
    report.batches = list(subject.watched.rows)
    return report


class _Caller(NamedTuple):
    arrival: Arrival
    start: int
    """Its first row among those of the sample."""
    columns: Columns


async def _driven(way: Way, subject: Subject, arrivals: Sequence[Arrival]) -> Report:
    report, answers = Report(), list[tuple[_Caller, Answer]]()
    # Made before, so that making them is no part of the load; answers are compared after it.
    coming = deque(_Caller(one, start, subject.columns(start, one.rows)) for start, one in enumerate(arrivals))
    tasks = []
    begin = time.perf_counter()

    async def call(caller: _Caller) -> None:
        answer = await way.answer(caller.columns, caller.arrival.rows)
        now = time.perf_counter() - begin
        report.latencies.append(now - caller.arrival.seconds)
        report.after_last = now - arrivals[-1].seconds
        answers.append((caller, answer))

    while coming:
        await asyncio.sleep(coming[0].arrival.seconds - (time.perf_counter() - begin))
        now = time.perf_counter() - begin
        while coming and coming[0].arrival.seconds <= now:
            tasks.append(asyncio.create_task(call(coming.popleft())))
    await asyncio.gather(*tasks)
    report.wrong = sum(not subject.is_right(answer, one.start, one.arrival.rows) for one, answer in answers)
    return report
