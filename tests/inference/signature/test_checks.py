"""Rows are checked one by one in effect, though not in fact."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inference.card import FeatureType
from inference.errors import ErrorCode, RowError
from inference.signature.checks import RowWarning, WarningCode, check_rows, row_warnings
from inference.signature.feature import Container, Distribution, Feature, Signature

SEEN = Distribution(1.0, 6.9, 3.0, (1.5, 3.0, 5.0))
NUMBER = Feature("petal length (cm)", FeatureType.FLOAT, min=0, max=10, distribution=SEEN, never_missing=True)
LOOSE = Feature("mass", FeatureType.FLOAT, nullable=True, distribution=SEEN, never_missing=True)
WHOLE = Feature("rings", FeatureType.INTEGER, nullable=True, min=-1, distribution=SEEN)
CODE = Feature("code", FeatureType.INTEGER, categories=(1, 2, 30), open=False)
FLAG = Feature("flag", FeatureType.BOOLEAN, nullable=True)
CLOSED = Feature("island", FeatureType.CATEGORY, categories=("Biscoe", "Dream", "Torgersen"), open=False)
OPEN = Feature("colour", FeatureType.CATEGORY, nullable=True, categories=("red", "green"), never_missing=True)
NOTE = Feature("note", FeatureType.TEXT)
FIELDS = (NUMBER, LOOSE, WHOLE, CODE, FLAG, CLOSED, OPEN, NOTE)
GOOD: tuple[Any, ...] = (3.0, 2.0, 3, 1, True, "Dream", "red", "words")

ANYTHING = (
    st.none()
    | st.booleans()
    | st.integers(-2, 12)
    | st.integers()
    | st.just(10**400)
    | st.floats()
    | st.sampled_from(["Biscoe", "dream", "red", "blue", ""])
    | st.just([1.0])
)


def table(*features: Feature) -> Signature:
    return Signature(features, Container.FRAME)


def errors_of(feature: Feature, *values: object) -> list[RowError]:
    return check_rows(table(feature), [list(values)])


def warnings_of(feature: Feature, *values: object) -> list[list[RowWarning]]:
    return row_warnings(table(feature), [list(values)])


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def naive(feature: Feature, value: Any) -> ErrorCode | None:  # noqa: PLR0911  # the rules one after the other
    """Apply the rules to one value, in the plainest way."""
    if value is None:
        return None if feature.nullable else ErrorCode.BAD_USER_INPUT
    if feature.type in {FeatureType.CATEGORY, FeatureType.TEXT} and not isinstance(value, str):
        return ErrorCode.BAD_USER_INPUT
    if feature.type is FeatureType.BOOLEAN and not isinstance(value, bool):
        return ErrorCode.BAD_USER_INPUT
    if feature.type is FeatureType.INTEGER and (
        not isinstance(value, int) or isinstance(value, bool) or not -(2**31) <= value < 2**31
    ):
        return ErrorCode.BAD_USER_INPUT
    if feature.type is FeatureType.FLOAT and (not is_number(value) or not abs(value) < 2**1024 or math.isnan(value)):
        return ErrorCode.BAD_USER_INPUT
    if feature.min is not None and value < feature.min:
        return ErrorCode.OUT_OF_RANGE
    if feature.max is not None and value > feature.max:
        return ErrorCode.OUT_OF_RANGE
    if not feature.open and value not in feature.categories:
        return ErrorCode.UNKNOWN_CATEGORY
    return None


def naive_warning(feature: Feature, value: Any) -> WarningCode | None:
    """Tell what is unusual about a value that is accepted, in the plainest way."""
    if value is None:
        return WarningCode.NEVER_MISSING if feature.never_missing else None
    if feature.categories:
        return WarningCode.UNSEEN_CATEGORY if value not in feature.categories else None
    if feature.distribution and not feature.distribution.min <= value <= feature.distribution.max:
        return WarningCode.OUTSIDE_TRAINING_RANGE
    return None


@given(st.lists(st.tuples(*(st.just(value) | ANYTHING for value in GOOD)), max_size=6))
@example([])
@example([GOOD] * 3)
def test_each_row_has_the_error_of_its_first_bad_value(rows: list[tuple[Any, ...]]) -> None:
    expected = []
    for index, row in enumerate(rows):
        codes = [(naive(feature, value), feature.source) for feature, value in zip(FIELDS, row, strict=True)]
        expected += [(index, code, source) for code, source in codes if code is not None][:1]
    columns = list(zip(*rows, strict=True)) or [()] * len(FIELDS)
    errors = check_rows(table(*FIELDS), columns)
    assert [(error.index, error.code, error.field) for error in errors] == expected


@given(st.lists(st.tuples(*(st.just(value) | ANYTHING for value in GOOD)), max_size=6))
@example([GOOD] * 3)
def test_only_accepted_values_that_were_not_seen_are_warned_of(rows: list[tuple[Any, ...]]) -> None:
    columns = list(zip(*rows, strict=True)) or [()] * len(FIELDS)
    expected = []
    for row in rows:
        accepted = [pair for pair in zip(FIELDS, row, strict=True) if naive(*pair) is None]
        expected.append(
            [(feature.source, code) for feature, value in accepted if (code := naive_warning(feature, value))]
        )
    found = row_warnings(table(*FIELDS), columns)
    assert [[(warning.field, warning.code) for warning in warnings] for warnings in found] == expected


@pytest.mark.parametrize(
    ("feature", "value", "code", "message"),
    [
        (NUMBER, 99.0, ErrorCode.OUT_OF_RANGE, "petal length (cm) is 99.0; it must be between 0 and 10"),
        (WHOLE, -2, ErrorCode.OUT_OF_RANGE, "rings is -2; it must be at least -1"),
        (Feature("x", FeatureType.FLOAT, max=1.5), 2.0, ErrorCode.OUT_OF_RANGE, "x is 2.0; it must be at most 1.5"),
        (NUMBER, None, ErrorCode.BAD_USER_INPUT, "petal length (cm) is missing; it must be a number"),
        (NUMBER, math.nan, ErrorCode.BAD_USER_INPUT, "petal length (cm) is nan; it must be finite"),
        (NUMBER, "3", ErrorCode.BAD_USER_INPUT, "petal length (cm) is '3'; it must be a number"),
        (WHOLE, 2.5, ErrorCode.BAD_USER_INPUT, "rings is 2.5; it must be a whole number of 32 bits"),
        (FLAG, 1, ErrorCode.BAD_USER_INPUT, "flag is 1; it must be true or false"),
        (
            CLOSED,
            "dream",
            ErrorCode.UNKNOWN_CATEGORY,
            "island is 'dream', no known category; the nearest known is 'Dream'",
        ),
        (CODE, 7, ErrorCode.UNKNOWN_CATEGORY, "code is 7, no known category; known are 1, 2, 30"),
        (
            Feature("id", FeatureType.CATEGORY, categories=tuple(f"{number:03}" for number in range(20)), open=False),
            "x",
            ErrorCode.UNKNOWN_CATEGORY,
            "id is 'x', no known category; 20 are known, such as '000'",
        ),
    ],
)
def test_an_error_says_the_value_and_what_it_must_be(
    feature: Feature, value: object, code: ErrorCode, message: str
) -> None:
    assert errors_of(feature, value) == [RowError(0, code, message, feature.source)]


@pytest.mark.parametrize(
    ("feature", "value", "code", "message"),
    [
        (
            NUMBER,
            9.5,
            WarningCode.OUTSIDE_TRAINING_RANGE,
            "petal length (cm) is 9.5; between 1.0 and 6.9 were seen in training",
        ),
        (
            Feature("age", FeatureType.INTEGER, distribution=Distribution(19.0, 79.0, 50.0, (40.0, 50.0, 60.0))),
            80,
            WarningCode.OUTSIDE_TRAINING_RANGE,
            "age is 80; between 19 and 79 were seen in training",
        ),
        (OPEN, "blue", WarningCode.UNSEEN_CATEGORY, "colour is 'blue', which was not seen in training"),
        (OPEN, None, WarningCode.NEVER_MISSING, "colour is missing; it was never missing in training"),
    ],
)
def test_a_warning_says_the_value_and_what_was_seen(
    feature: Feature, value: object, code: WarningCode, message: str
) -> None:
    assert warnings_of(feature, value) == [[RowWarning(feature.source, code, message)]]


PIXELS = Feature("pixels", FeatureType.VECTOR, min=0, max=16, length=3, distribution=Distribution(0, 9, 4, (1, 4, 7)))


@pytest.mark.parametrize(
    ("vector", "code", "message"),
    [
        ([1.0, 2.0], ErrorCode.WRONG_LENGTH, "pixels has 2 numbers; it must have 3"),
        ([], ErrorCode.WRONG_LENGTH, "pixels has 0 numbers; it must have 3"),
        ([1.0, 17.0, -1.0], ErrorCode.OUT_OF_RANGE, "pixels[1] is 17.0; it must be between 0 and 16"),
        ([1.0, 2.0, -1], ErrorCode.OUT_OF_RANGE, "pixels[2] is -1.0; it must be between 0 and 16"),
        ([1.0, math.inf, 2.0], ErrorCode.BAD_USER_INPUT, "pixels[1] is inf; it must be a finite number"),
        ([1.0, None, 2.0], ErrorCode.BAD_USER_INPUT, "pixels[1] is None; it must be a finite number"),
        (None, ErrorCode.BAD_USER_INPUT, "pixels is missing; it must be a list of numbers"),
        (3.0, ErrorCode.BAD_USER_INPUT, "pixels is 3.0; it must be a list of numbers"),
    ],
)
def test_a_bad_vector_is_refused_and_its_neighbours_are_not(vector: Any, code: ErrorCode, message: str) -> None:
    rows = [[0.0, 1, 16.0], vector, [3.0, 2.0, 1.0]]
    assert errors_of(PIXELS, *rows) == [RowError(1, code, message, "pixels")]
    assert len(warnings_of(PIXELS, *rows)) == 3


def test_a_vector_is_warned_of_once_by_its_first_unusual_element() -> None:
    message = "pixels[1] is 10.0; between 0 and 9 were seen in training"
    expected = RowWarning("pixels", WarningCode.OUTSIDE_TRAINING_RANGE, message)
    assert warnings_of(PIXELS, [1.0, 10.0, 16.0], [1.0, 2.0, 3.0]) == [[expected], []]


def test_a_vector_without_limits_is_checked_for_length_and_finiteness_only() -> None:
    feature = Feature("features", FeatureType.VECTOR, length=2)
    assert errors_of(feature, [1.0, 2], (3.0, 4.0)) == []
    assert errors_of(feature, [1e300, -1e300], [1e308, 1e308]) == []
    assert [error.index for error in errors_of(feature, [1.0, 2.0], [math.nan, 0.0])] == [1]
