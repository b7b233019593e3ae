"""What a screen lets pass at a glance has no error row by row."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.card import FeatureType
from inference.signature.checks import check_rows
from inference.signature.feature import Container, Feature, Signature
from inference.signature.screens import RowScreen

SIGNATURE = Signature(
    (
        Feature("height", FeatureType.FLOAT),
        Feature("width", FeatureType.FLOAT),
        Feature("share", FeatureType.FLOAT, min=0, max=1),
        Feature("colour", FeatureType.CATEGORY, categories=("red", "green"), open=False),
    ),
    Container.FRAME,
)
ANYTHING = st.floats() | st.integers() | st.booleans() | st.none() | st.sampled_from(["red", "blue", 0.5, 10**400])
NUMBERS = st.floats(-1e300, 1e300) | st.integers(-100, 100)
ROWS = st.lists(st.tuples(NUMBERS, NUMBERS, st.floats(0, 1), st.sampled_from(["red", "green"])), min_size=1)


@given(st.lists(st.tuples(ANYTHING, ANYTHING, ANYTHING, ANYTHING), min_size=1, max_size=4))
def test_whatever_rows_hold_a_screen_passes_none_that_the_model_must_not_be_given(rows: list[Any]) -> None:
    columns = list(zip(*rows, strict=True))
    if RowScreen(SIGNATURE).passes(columns):
        assert check_rows(SIGNATURE, columns) == []


@given(ROWS)
def test_ordinary_rows_pass_a_screen(rows: list[Any]) -> None:
    assert RowScreen(SIGNATURE).passes(list(zip(*rows, strict=True)))


@pytest.mark.parametrize("value", [True, None, "1", float("nan"), float("inf"), 10**400, [1.0]])
@pytest.mark.parametrize("place", range(2))
def test_one_wrong_number_among_many_stops_at_a_screen(place: int, value: object) -> None:
    columns: list[list[object]] = [[1.0] * 100, [2] * 100, [0.5] * 100, ["red"] * 100]
    columns[place][50] = value
    assert not RowScreen(SIGNATURE).passes(columns)
