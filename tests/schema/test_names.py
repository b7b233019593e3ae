"""GraphQL names from raw names."""

from __future__ import annotations

import pytest
from graphql import assert_name
from graphql.type import assert_enum_value_name
from hypothesis import given
from hypothesis import strategies as st

from schema.names import enum_value_name, field_name, type_name

ANY_NAME = st.text(max_size=40)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("sepal length (cm)", "sepalLengthCm"),
        ("bill_length_mm", "billLengthMm"),
        ("wine-outliers", "wineOutliers"),
        ("MedInc", "medInc"),
        ("HTTPStatus", "httpStatus"),
        ("alreadyCamel", "alreadyCamel"),
        ("SHOUTED", "shouted"),
        ("PM2.5", "pm2_5"),
        ("2nd floor", "x2ndFloor"),
        ("0", "x0"),
        ("-1", "minus1"),
        ("x-1", "x1"),
        ("_private__name_", "privateName"),
        ("Größe", "grosse"),
        ("café", "cafe"),
        ("λ", "u3bb"),
        ("😀 mood", "u1f600Mood"),
        ("alcohol (%)", "alcoholPercent"),
        ("<=50K", "le50k"),
        (">50K", "gt50k"),
        ("C++", "cPlusPlus"),
        ("class", "class"),
        ("", "empty"),
        ("  ", "u20U20"),
    ],
)
def test_a_field_is_named_in_camel_case(raw: str, expected: str) -> None:
    assert field_name(raw) == expected


@pytest.mark.parametrize(("raw", "expected"), [("wine_outliers", "WineOutliers"), ("iris", "Iris"), ("3d", "X3d")])
def test_a_type_is_named_in_pascal_case(raw: str, expected: str) -> None:
    assert type_name(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Iris-virginica", "IRIS_VIRGINICA"),
        ("setosa", "SETOSA"),
        ("true", "TRUE"),
        ("7up", "X_7UP"),
        ("<=50K", "LE_50K"),
    ],
)
def test_an_enum_value_is_named_in_capitals(raw: str, expected: str) -> None:
    assert enum_value_name(raw) == expected


def test_neighbouring_numbers_stay_apart() -> None:
    assert field_name("pixel_1_11") != field_name("pixel_11_1")


def test_a_negative_label_is_not_its_positive_twin() -> None:
    assert field_name("-1") != field_name("1")


@given(ANY_NAME)
def test_every_name_is_legal_and_none_is_reserved(raw: str) -> None:
    for name in (field_name(raw), type_name(raw)):
        assert assert_name(name) == name
        assert not name.startswith("_")
    assert assert_enum_value_name(enum_value_name(raw)) == enum_value_name(raw)
