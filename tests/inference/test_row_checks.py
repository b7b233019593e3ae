"""Rows of a large call are checked as those of a small one are, and others get their turn meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from inference.row_checks import SLICE_VALUES, RowChecks
from inference.signature.checks import check_rows, row_warnings

if TYPE_CHECKING:
    from inference.signature.feature import Signature
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
    assert asyncio.run(checks.errors(columns, count)) == check_rows(signature, columns)
    assert asyncio.run(checks.warnings(columns, count)) == row_warnings(signature, columns)


def test_others_have_their_turn_while_a_large_call_is_checked(signature: Signature) -> None:
    checks, count = RowChecks(signature), 5 * SLICE_VALUES
    columns = [[1.0] * count, [0.0] * count]
    assert turns_and_result(checks.errors(columns, count))[0] >= 10
    assert turns_and_result(checks.warnings(columns, count))[0] >= 10
