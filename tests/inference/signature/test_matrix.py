"""Columns of plain values are laid out as a person's own data would be."""

from __future__ import annotations

import functools
import io
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from inference.card import FeatureType
from inference.signature.feature import Container, Feature, Signature, Storage
from inference.signature.matrix import to_container
from inference.signature.sample_columns import sample_columns
from inference.signature.strings import with_plain_strings

FULL_ROW = (1.5, 3, True, "a", "red", "some words")
"""A reference that is read from CSV has the right dtypes only where no column is wholly missing."""

SIGNATURE = Signature(
    (
        Feature("a float", FeatureType.FLOAT, nullable=True),
        Feature("an integer", FeatureType.INTEGER, nullable=True),
        Feature("a boolean", FeatureType.BOOLEAN, nullable=True),
        Feature("a closed category", FeatureType.CATEGORY, categories=("a", "b", "c"), open=False),
        Feature("an open category", FeatureType.CATEGORY, nullable=True),
        Feature("a text", FeatureType.TEXT),
    ),
    Container.FRAME,
)

ROW = st.tuples(
    st.none() | st.floats(-1e6, 1e6),
    st.none() | st.integers(-(2**31), 2**31 - 1),
    st.none() | st.booleans(),
    st.sampled_from("abc"),
    st.none() | st.sampled_from(["red", "green", "blue", "größer, \n schöner"]),
    st.text("abc ", min_size=1).map(lambda words: f"words {words}"),
)


def as_read(rows: list[tuple[Any, ...]], signature: Signature) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(signature.column_names), dtype=object)
    return with_plain_strings(pd.read_csv(io.StringIO(frame.to_csv(index=False))))


@functools.cache
def model() -> Pipeline:
    rows = [
        FULL_ROW,
        (None, None, None, "b", None, "other words"),
        (9.5, 4, False, "c", "green", "more of some words"),
        (2.5, 7, True, "b", "blue", "words"),
    ] * 5
    columns = make_column_transformer(
        (SimpleImputer(), ["a float", "an integer"]),
        (OneHotEncoder(handle_unknown="ignore"), ["a boolean", "an open category"]),
        (OrdinalEncoder(), ["a closed category"]),
        (TfidfVectorizer(analyzer="char"), "a text"),
    )
    return make_pipeline(columns, LogisticRegression()).fit(as_read(rows, SIGNATURE), [0, 1, 2, 1] * 5)


@settings(max_examples=50)
@pytest.mark.filterwarnings("ignore:Found unknown categories")
@given(st.lists(ROW, max_size=8))
def test_a_frame_is_the_one_that_pandas_reads_and_gets_the_same_answers(rows: list[tuple[Any, ...]]) -> None:
    rows = [FULL_ROW, *rows]
    expected = as_read(rows, SIGNATURE)
    laid_out = to_container(SIGNATURE, list(zip(*rows, strict=True)))
    pd.testing.assert_frame_equal(laid_out, expected)
    np.testing.assert_array_equal(model().predict_proba(laid_out), model().predict_proba(expected))


@settings(max_examples=50)
@given(st.lists(ROW, max_size=8))
def test_the_rows_of_a_sample_come_back_as_they_were_sent(rows: list[tuple[Any, ...]]) -> None:
    rows = [FULL_ROW, *rows]
    columns = sample_columns(SIGNATURE, as_read(rows, SIGNATURE)[[*reversed(SIGNATURE.column_names)]])
    assert columns == [list(column) for column in zip(*rows, strict=True)]
    kinds = {
        (type(value), feature.type)
        for feature, column in zip(SIGNATURE.features, columns, strict=True)
        for value in column
    }
    assert {kind for kind, wanted in kinds if wanted is FeatureType.INTEGER} <= {int, type(None)}


@given(st.lists(st.lists(st.none() | st.floats(allow_nan=False), min_size=3, max_size=3), min_size=1))
def test_a_frame_of_floats_has_nan_where_a_value_is_missing(rows: list[list[float | None]]) -> None:
    signature = Signature(tuple(Feature(name, FeatureType.FLOAT, nullable=True) for name in "abc"), Container.FRAME)
    laid_out = to_container(signature, list(zip(*rows, strict=True)))
    pd.testing.assert_frame_equal(laid_out, pd.DataFrame(rows, columns=list("abc"), dtype=np.float64))


def test_whole_numbers_sent_for_floats_are_floats() -> None:
    for container in (Container.FRAME, Container.ARRAY):
        signature = Signature((Feature("a", FeatureType.FLOAT), Feature("b", FeatureType.FLOAT)), container)
        laid_out = np.asarray(to_container(signature, [[1, 2], [3, 4]]))
        assert laid_out.dtype == np.float64
        assert laid_out.tolist() == [[1.0, 3.0], [2.0, 4.0]]


@pytest.mark.parametrize(
    ("kind", "storage", "values", "dtype"),
    [
        (FeatureType.INTEGER, None, [1, 2], "int64"),
        (FeatureType.INTEGER, None, [1, None], "float64"),
        (FeatureType.INTEGER, Storage.FLOAT, [1, 2], "float64"),
        (FeatureType.BOOLEAN, None, [True, False], "bool"),
        (FeatureType.BOOLEAN, None, [True, None], "object"),
        (FeatureType.BOOLEAN, Storage.INTEGER, [True, False], "int64"),
        (FeatureType.CATEGORY, None, ["a", None], "str"),
        (FeatureType.TEXT, None, ["a", "b"], "str"),
    ],
)
def test_a_column_is_stored_as_it_was_in_training(
    kind: FeatureType, storage: Storage | None, values: list[Any], dtype: str
) -> None:
    signature = Signature((Feature("f", kind, storage=storage),), Container.FRAME)
    column = to_container(signature, [values])["f"]
    assert column.dtype == dtype
    assert [None if value != value else value for value in column] == values  # noqa: PLR0124  # NaN is missing


@given(st.lists(st.tuples(st.floats(allow_nan=False), st.integers(-99, 99), st.booleans()), min_size=1))
def test_numbers_without_names_are_one_array_of_floats_row_by_row(rows: list[tuple[float, int, bool]]) -> None:
    kinds = (FeatureType.FLOAT, FeatureType.INTEGER, FeatureType.BOOLEAN)
    signature = Signature(tuple(Feature(kind, kind) for kind in kinds), Container.ARRAY)
    laid_out = to_container(signature, list(zip(*rows, strict=True)))
    np.testing.assert_array_equal(laid_out, np.array(rows, dtype=np.float64))
    assert laid_out.flags["C_CONTIGUOUS"]


def test_an_array_with_words_holds_objects_and_nan_for_what_is_missing() -> None:
    signature = Signature(
        (Feature("x0", FeatureType.CATEGORY), Feature("x1", FeatureType.INTEGER, nullable=True)), Container.ARRAY
    )
    laid_out = to_container(signature, [["a", "b"], [1, None]])
    assert laid_out.dtype == object
    assert laid_out[0].tolist() == ["a", 1]
    assert laid_out[1, 0] == "b"
    assert np.isnan(laid_out[1, 1])


@pytest.mark.parametrize("container", [Container.ARRAY, Container.FRAME])
@given(rows=st.lists(st.lists(st.floats(allow_nan=False), min_size=5, max_size=5)))
def test_a_vector_fills_all_columns(container: Container, rows: list[list[float]]) -> None:
    names = tuple("abcde")
    feature = Feature("features", FeatureType.VECTOR, length=5)
    signature = Signature((feature,), container, names if container is Container.FRAME else ())
    laid_out = to_container(signature, [rows])
    assert laid_out.shape == (len(rows), 5)
    np.testing.assert_array_equal(np.asarray(laid_out), np.array(rows, dtype=np.float64).reshape(-1, 5))
    if container is Container.FRAME:
        assert tuple(laid_out.columns) == names


def test_texts_are_a_list() -> None:
    signature = Signature((Feature("text", FeatureType.TEXT),), Container.TEXTS)
    assert to_container(signature, [("one", "two")]) == ["one", "two"]
