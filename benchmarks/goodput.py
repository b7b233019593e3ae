"""Goodput: how many callers a second are answered by their deadline, under less and more load than can be borne."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Final, NamedTuple

from benchmarks.arrivals import drive, steady
from benchmarks.batchers import AMPLE, Ours
from benchmarks.subject import Subject
from inference.info import Limits

LOADS: Final = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)
"""As parts of the capacity."""
DEADLINE_SECONDS: Final = 1.0
ROWS: Final = 20
"""Of each caller."""
_CALLERS: Final = 64
"""As many keep the model busy while the capacity is measured."""


class Goodput(NamedTuple):
    """What came of one load."""

    offered: float
    """Callers a second."""
    in_time: float
    """Callers a second who were answered by their deadline."""
    refused: int
    late: int
    """Callers who were answered too late or not at all, and not refused at once."""
    wrong: int
    p99: float
    """Seconds, of those who were answered."""


def capacity(subject: Subject, seconds: float) -> float:
    """Return how many callers a second are answered where each asks again as soon as it is answered."""
    way = Ours(subject)

    async def busy() -> float:
        begin, answered = time.perf_counter(), 0

        async def ask(start: int) -> None:
            nonlocal answered
            columns = subject.columns(start, ROWS)
            while time.perf_counter() - begin < seconds:
                await way.answer(columns, ROWS)
                answered += 1

        await asyncio.gather(*(ask(number) for number in range(_CALLERS)))
        return answered / (time.perf_counter() - begin)

    try:
        return asyncio.run(busy())
    finally:
        way.close()


def goodput(subject: Subject, rate: float, seconds: float, *, admission: bool) -> Goodput:
    """Let callers come for so long at this rate. Without admission, all wait, and the model works for all."""
    limits = Limits(AMPLE.max_rows, DEADLINE_SECONDS) if admission else AMPLE
    arrivals = steady(rate, seconds, ROWS)
    way = Ours(subject, limits)
    try:
        report = drive(way, subject, arrivals, patience=DEADLINE_SECONDS)
    finally:
        way.close()
    in_time = report.within(DEADLINE_SECONDS)
    late = len(arrivals) - in_time - report.refused
    return Goodput(rate, in_time / seconds, report.refused, late, report.wrong, report.quantile(0.99))


def kept(measured: Sequence[Goodput]) -> float:
    """Return the least goodput above capacity, as a part of the best at any load. `measured` is by LOADS."""
    above = [one.in_time for load, one in zip(LOADS, measured, strict=True) if load > 1]
    return min(above) / max(one.in_time for one in measured)
