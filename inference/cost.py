"""What a model call costs: a constant per call and a slope per row, measured at warm-up."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

Result = TypeVar("Result")

FEW, MANY = 1, 64
REPEATS = 3


@dataclass(frozen=True, slots=True)
class Cost:
    """How long a model call takes."""

    call_seconds: float
    row_seconds: float

    def seconds(self, rows: int) -> float:
        """Return how long a call with this many rows is expected to take."""
        return self.call_seconds + rows * self.row_seconds


def measure(run: Callable[[int], object]) -> Cost:
    """Time `run(rows)` with few and many rows. The least of some repeats is the one that others disturbed least."""
    few, many = (min(timed(partial(run, rows)) for _ in range(REPEATS)) for rows in (FEW, MANY))
    row = max(0.0, (many - few) / (MANY - FEW))
    return Cost(max(0.0, few - FEW * row), row)


def timed(run: Callable[[], object]) -> float:
    """Return how many seconds a call takes."""
    return result_and_seconds(run)[1]


def result_and_seconds(run: Callable[[], Result]) -> tuple[Result, float]:
    """Return what a call returns, and how many seconds it takes."""
    start = time.perf_counter()
    result = run()
    return result, time.perf_counter() - start
