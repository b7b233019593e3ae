"""How much faster one engine is than another, measured in turns, so that whatever disturbs one disturbs both."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Final

_ROUNDS: Final = 15
_FEWEST_ROUNDS: Final = 3
_SECONDS: Final = 0.3
"""After this no further round is begun, but for the fewest."""
_TURN_SECONDS: Final = 0.001
"""Quick calls are repeated for about so long in each turn: a clock, and what disturbs, weigh less then."""
_SHORTEST: Final = 1e-9
"""A clock may see nothing pass."""


def mean(values: Sequence[float]) -> float:
    """Return the geometric mean of ratios."""
    return math.exp(sum(map(math.log, values)) / len(values))


def ratio(slow: Callable[[], object], fast: Callable[[], object]) -> float:
    """Return how many times longer one takes: the median of some rounds, in each of which both have their turn.

    A round that something disturbed is far from the median, whichever of the two it hit.
    """
    start = time.perf_counter()
    turns = max(1, int(_TURN_SECONDS / max(_turn(slow, 1), _SHORTEST)))
    _turn(fast, 1)  # the first call of either may be the one that fills caches
    ratios: list[float] = []
    while len(ratios) < _ROUNDS:
        if len(ratios) >= _FEWEST_ROUNDS and time.perf_counter() - start > _SECONDS:
            break
        if len(ratios) % 2:
            quick, long = _turn(fast, turns), _turn(slow, turns)
        else:
            long, quick = _turn(slow, turns), _turn(fast, turns)
        ratios.append(max(long, _SHORTEST) / max(quick, _SHORTEST))
    return statistics.median(ratios)


def _turn(run: Callable[[], object], times: int) -> float:
    """Return how many seconds so many calls take."""
    start = time.perf_counter()
    for _ in range(times):
        run()
    return time.perf_counter() - start
