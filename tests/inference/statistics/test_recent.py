"""Percentiles of the last minutes are NumPy's, but for the error that the module states."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.statistics.recent import (
    GROWTH,
    LEAST,
    MOST_UNCOUNTED,
    RELATIVE_ERROR,
    SLICE_SECONDS,
    SLICES,
    Percentiles,
    RecentValues,
)

VALUES = st.lists(st.floats(min_value=LEAST * 2, max_value=1e9), min_size=1, max_size=300)


def filled(values: list[float], now: float = 0.0) -> RecentValues:
    recent = RecentValues()
    for value in values:
        recent.add(value, now)
    return recent


def of(recent: RecentValues, now: float = 0.0) -> list[float]:
    found = recent.percentiles(now)
    assert found is not None
    return [found.p50, found.p95, found.p99]


@given(VALUES)
def test_a_percentile_is_numpys_but_for_the_stated_error(values: list[float]) -> None:
    exact = np.percentile(values, [50, 95, 99], method="inverted_cdf")
    assert of(filled(values)) == pytest.approx(exact, rel=RELATIVE_ERROR + 1e-9)


@given(st.integers(0, 200), st.floats(-0.4, 0.4))
def test_no_value_is_further_from_the_middle_of_its_bucket_than_stated(place: int, within: float) -> None:
    value = GROWTH ** (place + within)
    assert of(filled([value])) == pytest.approx([value] * 3, rel=RELATIVE_ERROR + 1e-9)


def test_small_whole_numbers_are_exact_when_rounded() -> None:
    assert [round(of(filled([float(rows)]))[0]) for rows in range(1, 11)] == list(range(1, 11))


def test_nothing_is_zero_and_no_values_have_no_percentiles() -> None:
    assert of(filled([0.0, 0.0, LEAST])) == [0, 0, 0]
    assert RecentValues().percentiles(0.0) is None


@given(st.lists(st.tuples(st.floats(0.001, 10), st.floats(0, 40)), min_size=1, max_size=80))
def test_what_is_older_than_the_window_is_forgotten_and_what_is_younger_counts(
    steps: list[tuple[float, float]],
) -> None:
    recent, now = RecentValues(), 1000.0
    seen: list[tuple[float, float]] = []
    for value, pause in steps:
        now += pause
        recent.add(value, now)
        seen.append((now, value))
    oldest = (now // SLICE_SECONDS - SLICES + 1) * SLICE_SECONDS
    exact = np.percentile([value for moment, value in seen if moment >= oldest], [50, 95, 99], method="inverted_cdf")
    assert of(recent, now) == pytest.approx(exact, rel=RELATIVE_ERROR + 1e-9)


def test_the_window_ends_though_nothing_new_comes() -> None:
    recent = filled([1.0], now=7.0)
    assert recent.percentiles(SLICE_SECONDS * SLICES - 0.001) == Percentiles(*of(recent))
    assert recent.percentiles(SLICE_SECONDS * SLICES) is None


@given(st.lists(st.integers(1, MOST_UNCOUNTED), min_size=1, max_size=6))
def test_values_that_come_together_count_as_those_that_come_alone(sizes: list[int]) -> None:
    together, alone = RecentValues(), RecentValues()
    for number, size in enumerate(sizes):
        values = [float(value % 97) for value in range(number, number + size)]
        together.extend(values, float(number))
        for value in values:
            alone.add(value, float(number))
    assert of(together, float(len(sizes))) == of(alone, float(len(sizes)))
