"""Percentiles of the last minutes, in little memory and at little cost.

Values are counted in buckets whose bounds grow by a constant factor, as in DDSketch (Masson, Rim and Lee, "DDSketch: a
fast and fully-mergeable quantile sketch with relative-error guarantees", PVLDB 12(12), 2019), so that a percentile is
off by at most RELATIVE_ERROR of itself, whatever the distribution. Each slice of time has buckets of its own, and old
slices are dropped.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

GROWTH = 1.1
"""Each bucket's upper bound, divided by that of the bucket below."""
RELATIVE_ERROR = (GROWTH - 1) / (GROWTH + 1)
"""4.8 %: how far the middle of a bucket is from its bounds."""
LEAST = 1e-9
"""Values up to this, such as a nanosecond, count as 0."""

SLICE_SECONDS = 15
SLICES = 20
"""With those of 15 seconds: five minutes, of which the slice that is being filled is the last."""

MOST_UNCOUNTED = 1024
"""Values are counted so many at once, which takes a tenth of the time."""

_SCALE = 1 / math.log(GROWTH)
_LOWEST = math.ceil(math.log(LEAST) * _SCALE)


@dataclass(frozen=True, slots=True)
class Percentiles:
    """How values are distributed."""

    p50: float
    p95: float
    p99: float


class RecentValues:
    """Values of the last five minutes. `now` is in seconds, on a clock that never goes back."""

    def __init__(self) -> None:
        self._slices: deque[tuple[int, Counter[int]]] = deque(maxlen=SLICES)
        self._ends = -math.inf
        """When the slice ends that is being filled."""
        self._uncounted: list[float] = []
        """What came of it last."""

    def add(self, value: float, now: float) -> None:
        """Take a value that is not negative."""
        if now >= self._ends:
            self._begin_slice(now)
        self._uncounted.append(value)
        if len(self._uncounted) >= MOST_UNCOUNTED:
            self._count()

    def extend(self, values: Iterable[float], now: float) -> None:
        """Take several values."""
        if now >= self._ends:
            self._begin_slice(now)
        self._uncounted += values
        if len(self._uncounted) >= MOST_UNCOUNTED:
            self._count()

    def _begin_slice(self, now: float) -> None:
        self._count()
        number = int(now // SLICE_SECONDS)
        self._slices.append((number, Counter()))
        self._ends = (number + 1) * SLICE_SECONDS

    def _count(self) -> None:
        if not self._uncounted:
            return
        values = np.array(self._uncounted)
        self._uncounted.clear()
        places = np.where(values > LEAST, np.ceil(np.log(np.maximum(values, LEAST)) * _SCALE), _LOWEST)
        different, counts = np.unique(places.astype(int), return_counts=True)
        _, of_slice = self._slices[-1]
        of_slice.update(dict(zip(different.tolist(), counts.tolist(), strict=True)))

    def percentiles(self, now: float) -> Percentiles | None:
        """Return the values that 50, 95 and 99 % of all are not above; None where there are none.

        The same as NumPy's method "inverted_cdf", but for RELATIVE_ERROR.
        """
        self._count()
        oldest = int(now // SLICE_SECONDS) - SLICES + 1
        counts: Counter[int] = Counter()
        for number, of_slice in self._slices:
            if number >= oldest:
                counts.update(of_slice)
        if not counts:
            return None
        places, count = sorted(counts), counts.total()
        return Percentiles(*(_value(counts, places, math.ceil(percent * count / 100)) for percent in (50, 95, 99)))


def _value(counts: Counter[int], places: list[int], rank: int) -> float:
    """Return the middle of the bucket that has the value of this rank, counted from 1 for the least."""
    seen = 0
    for place in places:
        seen += counts[place]
        if seen >= rank:
            return 0.0 if place == _LOWEST else float(2 * GROWTH**place / (GROWTH + 1))
    raise AssertionError("a rank is at most the number of values")
