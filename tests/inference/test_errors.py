"""An error builds its own sentence: what is wrong, where, and what to do."""

from __future__ import annotations

import pytest

from inference.errors import (
    ArtifactError,
    BatchTooLarge,
    CardError,
    DeadlineExceeded,
    ErrorCode,
    InferenceError,
    InvalidRows,
    LoadFailed,
    ModelError,
    RowError,
    nearest,
)


def test_a_model_error_says_where_why_and_what_to_do() -> None:
    error = CardError("m/card.yaml", "owner is a list", "Write a name")
    assert str(error) == "m/card.yaml: owner is a list. Write a name."
    assert isinstance(error, ModelError)
    assert isinstance(error, InferenceError)


def test_a_failed_load_says_one_line_for_each_model() -> None:
    failed = LoadFailed([CardError("a", "b", "c"), ArtifactError("d", "e", "f")])
    assert str(failed) == "a: b. c.\nd: e. f."
    assert len(failed.errors) == 2


def test_one_row_that_cannot_be_predicted_says_why() -> None:
    error = InvalidRows([RowError(0, ErrorCode.OUT_OF_RANGE, "age is 200; it must be at most 120", "age")], 1)
    assert str(error) == "age is 200; it must be at most 120"
    assert error.code is ErrorCode.OUT_OF_RANGE


def test_of_many_rows_the_first_is_named_and_all_are_counted() -> None:
    rows = [RowError(3, ErrorCode.UNKNOWN_CATEGORY, "sex is 'x'", "sex"), RowError(5, ErrorCode.WRONG_LENGTH, "short")]
    error = InvalidRows(rows, 9)
    assert str(error) == "Row 3: sex is 'x' (2 of 9 rows cannot be predicted)"
    assert error.code is ErrorCode.UNKNOWN_CATEGORY
    assert error.errors == tuple(rows)


def test_limits_are_said_in_their_numbers() -> None:
    assert str(DeadlineExceeded(1.5)) == "No answer within 1500 ms."
    assert BatchTooLarge(3, 2).code is ErrorCode.BATCH_TOO_LARGE


@pytest.mark.parametrize(
    ("word", "known", "clause"),
    [
        ("colour", ["color", "size"], "; the nearest known is 'color'"),
        ("xyz", ["color", "size"], "; known are color, size"),
        ("xyz", [], ""),
    ],
)
def test_the_nearest_known_word_is_named_else_all(word: str, known: list[str], clause: str) -> None:
    assert nearest(word, iter(known)) == clause
