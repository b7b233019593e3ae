"""How much faster one engine is than another, measured in turns, so that whatever disturbs one disturbs both."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Final

from inference.cost import timed

_ROUNDS: Final = 5
_SECONDS: Final = 0.3
"""After this no further round is begun."""
_SHORTEST: Final = 1e-9
"""A clock may see nothing pass."""


def mean(values: Sequence[float]) -> float:
    """Return the geometric mean of ratios."""
    return math.exp(sum(map(math.log, values)) / len(values))


def ratio(slow: Callable[[], object], fast: Callable[[], object]) -> float:
    """Return how many times longer one takes: by the least of some times each, the one that others disturbed least."""
    slowest, fastest = math.inf, math.inf
    start = time.perf_counter()
    for _ in range(_ROUNDS):
        slowest = min(slowest, timed(slow))
        fastest = min(fastest, timed(fast))
        if time.perf_counter() - start > _SECONDS:
            break
    return max(slowest, _SHORTEST) / max(fastest, _SHORTEST)
