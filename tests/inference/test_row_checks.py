"""Rows of a large call are checked as those of a small one are, and others get their turn meanwhile."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from inference.card import FeatureType
from inference.row_checks import SLICE_VALUES, RowChecks
from inference.signature.checks import check_rows, row_warnings
from inference.signature.feature import Container, Feature, Signature
from inference.signature.screens import ARRAY_ROWS

if TYPE_CHECKING:
    from tests.inference.conftest import Load

ROWS = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [0.0, 1.0, 0.0, 1.0]})
COUNTS = [1, SLICE_VALUES // 2, SLICE_VALUES // 2 + 1, 2 * SLICE_VALUES]


@pytest.fixture
def signature(load: Load) -> Signature:
    """Take `a` from 0 to 9, and any `b`."""
    return load(
        LinearRegression().fit(ROWS, ROWS["a"]), sample=ROWS, card={"features": {"a": {"min": 0, "max": 9}}}
    ).signature


def some_bad(count: int) -> list[list[Any]]:
    return [
        [99.0 if row % 7 == 3 else 1.0 for row in range(count)],
        [None if row % 5 == 0 else 8.0 for row in range(count)],
    ]


def turns_and_result(work: Coroutine[Any, Any, Any]) -> tuple[int, Any]:
    """Do something, and count the turns that others get meanwhile."""

    async def both() -> tuple[int, Any]:
        task = asyncio.ensure_future(work)
        turns = 0
        while not task.done():
            await asyncio.sleep(0)
            turns += 1
        return turns, await task

    return asyncio.run(both())


@pytest.mark.parametrize("count", COUNTS)
def test_the_errors_and_warnings_of_all_rows_are_those_of_the_plain_check(signature: Signature, count: int) -> None:
    columns, checks = some_bad(count), RowChecks(signature)
    checked = asyncio.run(checks.checked(columns, count, typed=True))
    assert checked == (columns, check_rows(signature, columns))
    assert asyncio.run(checks.warnings(columns, count)) == row_warnings(signature, columns)


def test_others_have_their_turn_while_a_large_call_is_checked(signature: Signature) -> None:
    checks, count = RowChecks(signature), 5 * SLICE_VALUES
    columns = [[1.0] * count, [0.0] * count]
    assert turns_and_result(checks.checked(columns, count, typed=True))[0] >= 10
    assert turns_and_result(checks.warnings(columns, count))[0] >= 10


@pytest.mark.parametrize("count", [1, ARRAY_ROWS, 1000])
def test_typed_floats_become_arrays_where_they_are_many(count: int) -> None:
    features = tuple(Feature(name, FeatureType.FLOAT, example=1.0) for name in ("x", "y"))
    columns = [[float(row) for row in range(count)], [0.5] * count]
    checks = RowChecks(Signature(features, Container.FRAME))
    for typed in (True, False):
        rows, errors = asyncio.run(checks.checked(columns, count, typed=typed))
        assert errors == []
        assert [list(column) for column in rows] == columns
        assert all(isinstance(column, list) != (typed and count >= ARRAY_ROWS) for column in rows)


def test_floats_that_are_not_finite_become_no_arrays_but_errors() -> None:
    checks = RowChecks(Signature((Feature("x", FeatureType.FLOAT, example=1.0),), Container.FRAME))
    columns = [[1.0, math.inf, *[2.0] * ARRAY_ROWS]]
    rows, errors = asyncio.run(checks.checked(columns, len(columns[0]), typed=True))
    assert rows is columns
    assert [error.index for error in errors] == [1]


VECTORS = RowChecks(Signature((Feature("x", FeatureType.VECTOR, length=3, min=0, max=9),), Container.ARRAY))


def counting(count: int) -> list[list[float]]:
    return [[float(row % 10), 0.0, 9.0] for row in range(count)]


@pytest.mark.parametrize("count", [1, ARRAY_ROWS, 2 * SLICE_VALUES])
def test_typed_vectors_become_one_array_and_all_others_stay_as_they_are(count: int) -> None:
    columns = [counting(count)]
    typed, errors = asyncio.run(VECTORS.checked(columns, count, typed=True))
    assert (typed[0].shape, typed[0].tolist(), errors) == ((count, 3), columns[0], [])
    assert asyncio.run(VECTORS.checked(columns, count, typed=False)) == (columns, [])


@pytest.mark.parametrize("bad", [[1.0, math.nan, 2.0], [1.0, -math.inf, 2.0], [1.0, 9.5, 2.0], [-1.0, 1.0, 1.0], [1.0]])
@pytest.mark.parametrize("count", [1, 2 * SLICE_VALUES])
def test_vectors_that_a_model_must_not_be_given_become_no_array_but_errors(bad: list[float], count: int) -> None:
    columns = [counting(count)]
    columns[0][-1] = bad
    rows, errors = asyncio.run(VECTORS.checked(columns, count, typed=True))
    assert rows is columns
    assert [error.index for error in errors] == [count - 1]


def test_others_have_their_turn_while_vectors_become_an_array() -> None:
    count = 3 * SLICE_VALUES
    assert turns_and_result(VECTORS.checked([counting(count)], count, typed=True))[0] >= 9
