"""From rows of cells to Prometheus' metrics, when somebody asks: counting costs nothing but an addition."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from inference.statistics.cells import Cells, RowKey
from inference.statistics.family import Family, Kind
from server.metrics.families import FAMILIES, PREFIX

_Rows = Mapping[RowKey, Sequence[float]]


class CellsCollector(Collector):
    """Shows all families; those that nothing has been counted of have their HELP and TYPE only."""

    def __init__(self, cells: Cells, facts: Callable[[], _Rows], clock: Callable[[], float] = time.monotonic) -> None:
        """Make a collector. `facts` gives rows beside those of `cells`; `clock` is that of the statistics."""
        self._cells = cells
        self._facts = facts
        self._clock = clock

    def collect(self) -> Iterable[Metric]:
        """Yield every family as it is now."""
        now = self._clock()
        by_family: dict[str, list[tuple[tuple[str, ...], Sequence[float]]]] = {}
        for (name, *labels), row in sorted({**self._cells.totals(), **self._facts()}.items()):
            by_family.setdefault(name, []).append((tuple(labels), row))
        for family in FAMILIES:
            yield _metric(family, by_family.get(family.name, ()), now)


def _metric(family: Family, rows: Iterable[tuple[tuple[str, ...], Sequence[float]]], now: float) -> Metric:
    name = PREFIX + family.name
    if family.kind is Kind.HISTOGRAM:
        histogram = HistogramMetricFamily(name, family.help, labels=family.labels)
        for labels, row in rows:
            histogram.add_metric(labels, list(_buckets(family, row)), row[-1])
        return histogram
    single = (CounterMetricFamily if family.kind is Kind.COUNTER else GaugeMetricFamily)(
        name, family.help, labels=family.labels
    )
    for labels, row in rows:
        single.add_metric(labels, _since(row[0], now) if family.kind is Kind.SINCE else row[0])
    return single


def _buckets(family: Family, row: Sequence[float]) -> Iterator[tuple[str, float]]:
    """Yield upper bounds and how many values are not above them."""
    yield from zip([*map(floatToGoString, family.bounds), "+Inf"], accumulate(row[:-1]), strict=True)


def _since(moment: float, now: float) -> float:
    return max(0.0, now - moment) if moment else 0.0
