"""What an overloaded server keeps of its best goodput."""

from __future__ import annotations

from statistics import fmean
from typing import Final, NamedTuple

from benchmarks.goodput import Measured, Value, standard_error

_ABOVE: Final = 1.01
"""Loads that are so many times the capacity, or more, cannot be borne."""


class Kept(NamedTuple):
    """The least goodput above capacity, as a part of the best at any load, by the means over all rounds.

    Of means that differ by chance alone, one is the least and one the best, too: this is rather too low than too high.
    """

    part: float
    error: float
    """Its standard error, that of a ratio estimator (Cochran, Sampling Techniques, 1977, chapter 6): a machine that was
    slow in a round was so for both. NaN for a single round."""


def kept(found: Measured, way: str, value: Value) -> Kept:
    """Return what is kept of a way's goodput; `value` says what goodput is."""
    values, places = found.values(way, value), range(len(found.loads))
    means = [*map(fmean, values)]
    least = min((place for place in places if found.loads[place] > _ABOVE), key=means.__getitem__)
    best = max(places, key=means.__getitem__)
    if not means[best]:
        return Kept(0.0, 0.0)
    part = means[least] / means[best]
    rest = [one - part * other for one, other in zip(values[least], values[best], strict=True)]
    return Kept(part, standard_error(rest) / means[best])
