"""What can be counted or measured, as data: doors show every family without knowing any of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SECONDS_BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
ROWS_BOUNDS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10000.0)


class Kind(StrEnum):
    """How the numbers of several processes become one."""

    COUNTER = "counter"
    """Only grows; the numbers are added up, those of processes that have ended too."""
    HISTOGRAM = "histogram"
    """Counts by size; added up as counters are."""
    GAUGE = "gauge"
    """As it is now; the numbers of living processes are added up."""
    SINCE = "since"
    """A moment on the machine's monotonic clock, in seconds, 0 for none; the earliest of living processes counts."""


@dataclass(frozen=True, slots=True)
class Family:
    """One thing that is counted, for every combination of its labels."""

    name: str
    """As Prometheus writes it, without the project's name: base units, `_total` at the end of a counter."""
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()
    """The upper bounds of a histogram's buckets, each of them included; the last bucket has none."""

    @property
    def cells(self) -> int:
        """How many numbers it has for one combination of labels. A histogram has its buckets', then the sum."""
        return len(self.bounds) + 2 if self.kind is Kind.HISTOGRAM else 1
