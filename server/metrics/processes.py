"""Processor time, memory and open files of every process of the server."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector


class ProcessesCollector(Collector):
    """Shows what the library shows of one process for several, told apart by the label `pid`."""

    def __init__(self, living: Callable[[], Iterable[int]]) -> None:
        """Make a collector. `living` gives the ids of the processes."""
        self._living = living

    def collect(self) -> Iterable[Metric]:
        """Yield every family with a sample for each process."""
        together: dict[str, Metric] = {}
        for process in self._living():
            for metric in ProcessCollector(pid=partial(int, process), registry=None).collect():
                family = together.setdefault(metric.name, Metric(metric.name, metric.documentation, metric.type))
                for sample in metric.samples:
                    family.add_sample(sample.name, {"pid": str(process)}, sample.value)
        return together.values()
