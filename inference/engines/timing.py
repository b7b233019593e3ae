"""How much faster one engine is than another, measured in turns, so that whatever disturbs one disturbs both."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Final

ROWS: Final = (1, 100)
"""Speed is measured in calls of so many rows: a caller's single row, and what a busy server joins."""

_ROUNDS: Final = 5
_SECONDS: Final = 0.3
"""After this no further round is begun."""


def ratios(slow: Callable[[int], object], fast: Callable[[int], object]) -> tuple[float, ...]:
    """Return for each of `ROWS` how many times longer `slow(rows)` takes than `fast(rows)`."""
    return tuple(_ratio(slow, fast, rows) for rows in ROWS)


def mean(values: Sequence[float]) -> float:
    """Return the geometric mean of ratios."""
    return math.exp(sum(map(math.log, values)) / len(values))


def _ratio(slow: Callable[[int], object], fast: Callable[[int], object], rows: int) -> float:
    """Compare the least of some times each: the one that others disturbed least."""
    slowest, fastest = math.inf, math.inf
    start = time.perf_counter()
    for _ in range(_ROUNDS):
        slowest = min(slowest, _seconds(slow, rows))
        fastest = min(fastest, _seconds(fast, rows))
        if time.perf_counter() - start > _SECONDS:
            break
    return slowest / fastest


def _seconds(run: Callable[[int], object], rows: int) -> float:
    start = time.perf_counter()
    run(rows)
    return max(time.perf_counter() - start, 1e-9)
