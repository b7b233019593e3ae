"""Cells of text become what a caller of the API would send, whatever stands in them."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pandas._libs.parsers import STR_NA_VALUES  # type: ignore[import-not-found]  # compiled, without types

from inference.card import FeatureType
from inference.signature.feature import Feature
from inference.tables.cells import MISSING, read_cells

NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
NUMBERS = [
    "5",
    " 5.5 ",
    "-0",
    "+1",
    "1e3",
    "1E400",
    "1,000",
    "1'000",
    "1_000",
    "0x10",
    "١٢",
    "½",
    "5.0",
    "5,5",
    "9" * 400,
]
OTHERS = ["", " ", "nan", "NaN", "NA", "null", "inf", "-Infinity", "true", "TRUE", "0", '"', "\x00", "2147483648", "é"]
ODD = st.sampled_from([*NUMBERS, *OTHERS])
CELLS = st.lists(st.one_of(ODD, st.text(max_size=5), st.floats().map(str), st.integers().map(str)), min_size=1)


def test_missing_is_what_pandas_takes_for_missing() -> None:
    assert MISSING <= STR_NA_VALUES
    assert not {one for one in STR_NA_VALUES - MISSING if "IND" not in one and "QNAN" not in one}


@given(CELLS)
@example(["1.5", "2"])
@example(["1_000", "2"])
def test_a_number_is_read_if_it_is_one_and_else_left_for_the_checks(cells: list[str]) -> None:
    for cell, value in zip(cells, read_cells(Feature("a", FeatureType.FLOAT), cells), strict=True):
        text = cell.strip()
        if text in STR_NA_VALUES:
            assert value is None
        elif NUMBER.fullmatch(text):
            assert value == float(text)
        else:
            assert value == cell or (isinstance(value, float) and not math.isfinite(value))


@given(CELLS)
@example(["1", "-2"])
def test_a_whole_number_is_an_int_however_it_is_written(cells: list[str]) -> None:
    for cell, value in zip(cells, read_cells(Feature("a", FeatureType.INTEGER), cells), strict=True):
        text = cell.strip()
        if NUMBER.fullmatch(text) and abs(float(text)) < 2**31 and float(text).is_integer():
            assert type(value) is int
            assert float(value) == float(text)
        else:
            assert not isinstance(value, int) or abs(value) >= 2**31


@pytest.mark.parametrize(
    ("cell", "value"),
    [("true", True), (" False", False), ("TRUE", True), ("", None), ("NA", None), ("1", "1"), ("yes", "yes")],
)
def test_a_truth_value_is_spelt_out(cell: str, value: object) -> None:
    assert list(read_cells(Feature("a", FeatureType.BOOLEAN), [cell])) == [value]


def test_a_string_is_taken_as_it_stands_unless_it_stands_for_nothing() -> None:
    cells = [" Chur", "", "NA", "1", "é"]
    assert list(read_cells(Feature("a", FeatureType.CATEGORY), cells)) == [" Chur", None, None, "1", "é"]
    country = Feature("a", FeatureType.CATEGORY, categories=("NA", "ZA"))
    assert list(read_cells(country, cells)) == [" Chur", None, "NA", "1", "é"]
    assert list(read_cells(Feature("a", FeatureType.TEXT), cells)) == [" Chur", None, "NA", "1", "é"]


def test_a_vector_in_one_cell_is_a_json_list() -> None:
    assert list(read_cells(Feature("a", FeatureType.VECTOR), ["[1, 2.5]", "", "1 2"])) == [[1, 2.5], None, "1 2"]
