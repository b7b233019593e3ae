"""Rows checked, and looked through for what is unusual, in slices: a large call does not hold up the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inference.errors import RowError
from inference.signature.checks import RowWarning, check_rows, row_warnings
from inference.signature.feature import Signature
from inference.signature.screens import RowScreen

SLICE_VALUES: Final = 20_000
"""So many values are looked at in one turn of the event loop, which takes about a millisecond."""

Columns = Sequence[Any]
"""One per feature: a sequence, or, of floats and of vectors, an array."""


class RowChecks:
    """What a signature has to say of rows."""

    def __init__(self, signature: Signature) -> None:
        self._signature = signature
        self._screen = RowScreen(signature)
        self._slice_rows = max(1, SLICE_VALUES // sum(feature.length or 1 for feature in signature.features))

    def at_once(self, count: int) -> bool:
        """Tell whether so many rows are checked without a turn for others between."""
        return count <= self._slice_rows

    async def checked(self, columns: Columns, count: int, *, typed: bool) -> tuple[Columns, list[RowError]]:
        """Return rows for the model, and the first error of each that it must not be given, in the order of the rows.

        `typed` says that each value is known to have its feature's type.
        """
        if count <= self._slice_rows:
            return self.checked_at_once(columns, count, typed=typed)
        if typed and count >= self._screen.array_rows:
            arrays = await self._arrays(columns, count)
            if arrays is not None:
                return arrays, []
        errors: list[RowError] = []
        for start, part in self._slices(columns, count):
            errors += [replace(error, index=start + error.index) for error in self._errors(part)]
            await asyncio.sleep(0)
        return columns, errors

    def checked_at_once(self, columns: Columns, count: int, *, typed: bool) -> tuple[Columns, list[RowError]]:
        """Return the same for rows that are few enough, with no turn for others."""
        if typed and count >= self._screen.array_rows:
            arrays = self._screen.arrays(columns)
            if arrays is not None:
                return arrays, []
        return columns, self._errors(columns)

    async def _arrays(self, columns: Columns, count: int) -> Columns | None:
        """Return rows as arrays; None where one of them is nothing that the model may be given."""
        whole: list[NDArray[np.float64]] = []
        for start, part in self._slices(columns, count):
            arrays = self._screen.arrays(part)
            if arrays is None:
                return None
            whole = whole or [np.empty((count, *array.shape[1:])) for array in arrays]
            for column, array in zip(whole, arrays, strict=True):
                column[start : start + len(array)] = array
            await asyncio.sleep(0)
        return whole

    def _errors(self, columns: Columns) -> list[RowError]:
        return [] if self._screen.passes(columns) else check_rows(self._signature, columns)

    async def warnings(self, columns: Columns, count: int) -> list[list[RowWarning]]:
        """Return for each row what is unusual about it."""
        if count <= self._slice_rows:
            return row_warnings(self._signature, columns)
        warnings: list[list[RowWarning]] = []
        for _, part in self._slices(columns, count):
            warnings += row_warnings(self._signature, part)
            await asyncio.sleep(0)
        return warnings

    def _slices(self, columns: Columns, count: int) -> Iterator[tuple[int, Columns]]:
        for start in range(0, count, self._slice_rows):
            yield start, [column[start : start + self._slice_rows] for column in columns]


def good_rows(errors: Sequence[RowError], count: int) -> Sequence[int]:
    """Return the rows among so many that have no error."""
    if not errors:
        return range(count)
    bad = {error.index for error in errors}
    return [row for row in range(count) if row not in bad]


def all_errors(errors: Sequence[RowError], later: Sequence[RowError], good: Sequence[int]) -> tuple[RowError, ...]:
    """Put errors of rows together with `later` ones of those among them that were `good`, by row."""
    found = [RowError(good[error.index], error.code, error.message, error.field) for error in later]
    return tuple(sorted([*errors, *found], key=lambda error: error.index))
