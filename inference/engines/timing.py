"""How much faster one engine is than another, measured in turns, so that whatever disturbs one disturbs both."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

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


class Faster(NamedTuple):
    """How many times longer one takes than the other."""

    usual: float
    """The median of some rounds, in each of which both have their turn: a round that something disturbed is far from
    it, whichever of the two it hit."""
    undisturbed: float
    """By the least time of each."""


def ratio(slow: Callable[[], object], fast: Callable[[], object]) -> float:
    """Return how many times longer one usually takes."""
    return compared(slow, fast).usual


def compared(slow: Callable[[], object], fast: Callable[[], object]) -> Faster:
    """Measure both in turns."""
    start = time.perf_counter()
    turns = max(1, int(_TURN_SECONDS / max(_turn(slow, 1), _SHORTEST)))
    _turn(fast, 1)  # the first call of either may be the one that fills caches
    rounds: list[tuple[float, float]] = []
    while len(rounds) < _ROUNDS:
        if len(rounds) >= _FEWEST_ROUNDS and time.perf_counter() - start > _SECONDS:
            break
        if len(rounds) % 2:
            quick, long = _turn(fast, turns), _turn(slow, turns)
        else:
            long, quick = _turn(slow, turns), _turn(fast, turns)
        rounds.append((max(long, _SHORTEST), max(quick, _SHORTEST)))
    longs, quicks = zip(*rounds, strict=True)
    return Faster(statistics.median(long / quick for long, quick in rounds), min(longs) / min(quicks))


def _turn(run: Callable[[], object], times: int) -> float:
    """Return how many seconds so many calls take."""
    start = time.perf_counter()
    for _ in range(times):
        run()
    return time.perf_counter() - start
