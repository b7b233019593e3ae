"""What is counted is shown as Prometheus wants it: its own parsers read it, and names keep its conventions."""

from __future__ import annotations

import re

import pytest
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import CollectorRegistry

from inference.statistics.cells import ProcessCells, observe
from inference.statistics.family import ROWS_BOUNDS, Family, Kind
from inference.statistics.model_families import BATCH_ROWS, OLDEST_WAIT, PREDICTIONS, QUEUED_ROWS
from server.metrics.collector import CellsCollector
from server.metrics.families import FAMILIES, PREFIX

AWKWARD = 'a "model"\\ with\nlines'


@pytest.fixture
def registry() -> CollectorRegistry:
    """Show cells in which every family has a row, and some have numbers."""
    cells = ProcessCells()
    for family in FAMILIES:
        cells.row(family, *(f"a-{label}" for label in family.labels))
    for value in (1, 2, 3, 100, 20000):
        observe(cells.row(BATCH_ROWS, "m", "1"), ROWS_BOUNDS, value)
    cells.row(PREDICTIONS, AWKWARD, "1")[0] = 7
    cells.row(OLDEST_WAIT, "m", "1")[0] = 90.0
    made = CollectorRegistry()
    made.register(CellsCollector(cells, lambda: {(QUEUED_ROWS.name, "fact", "1"): [3.0]}, clock=lambda: 100.5))
    return made


def samples(registry: CollectorRegistry) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {
        (sample.name, *sorted(f"{name}={value}" for name, value in sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def test_both_formats_are_read_by_the_librarys_parsers(registry: CollectorRegistry) -> None:
    for families in (
        text_string_to_metric_families(generate_latest(registry).decode()),
        read_openmetrics(openmetrics.generate_latest(registry).decode()),  # type: ignore[no-untyped-call]  # has no types
    ):
        read = list(families)
        assert [family.name for family in read] == [PREFIX + family.name.removesuffix("_total") for family in FAMILIES]
        assert [family.documentation for family in read] == [family.help for family in FAMILIES]
        assert all(family.samples for family in read)


def test_a_histogram_is_cumulative_with_its_sum_and_count(registry: CollectorRegistry) -> None:
    shown = samples(registry)
    name, labels = PREFIX + BATCH_ROWS.name, ("model=m", "version=1")
    below = [shown[name + "_bucket", f"le={bound}", *labels] for bound in ("1.0", "2.0", "5.0", "100.0", "+Inf")]
    assert below == [1, 2, 3, 4, 5]
    assert (shown[name + "_count", *labels], shown[name + "_sum", *labels]) == (5, 20106)


def test_a_moment_becomes_the_time_since_and_none_becomes_zero(registry: CollectorRegistry) -> None:
    shown = samples(registry)
    assert shown[PREFIX + "oldest_wait_seconds", "model=m", "version=1"] == 10.5
    assert shown[PREFIX + "oldest_wait_seconds", "model=a-model", "version=a-version"] == 0


def test_labels_may_hold_any_text_and_facts_stand_beside_counts(registry: CollectorRegistry) -> None:
    shown = samples(registry)
    assert shown[PREFIX + "predictions_total", f"model={AWKWARD}", "version=1"] == 7
    assert shown[PREFIX + "queued_rows", "model=fact", "version=1"] == 3


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_name_keeps_the_conventions_of_prometheus(family: Family) -> None:
    # https://prometheus.io/docs/practices/naming/ and the checks of `promtool check metrics`.
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", family.name)
    assert family.name.endswith("_total") == (family.kind is Kind.COUNTER)
    assert not re.search(r"_(count|sum|bucket|created|counter|gauge|histogram)$", family.name)
    assert not set(family.name.split("_")) & {"ms", "milliseconds", "minutes", "kb", "kilobytes", "mb", "percent"}
    assert not set(family.labels) & {"le", "quantile", "instance", "job"}
    assert all(re.fullmatch(r"[a-z][a-z_]*", label) for label in family.labels)
    assert family.help.endswith(".")
    assert list(family.bounds) == sorted(set(family.bounds))
    assert bool(family.bounds) == (family.kind is Kind.HISTOGRAM)
