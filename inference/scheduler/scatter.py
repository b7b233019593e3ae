"""From a model's answers for a batch to what each caller asked for: every row goes to its owner, and to nobody else."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inference.errors import ErrorCode, RowError
from inference.outputs.answers import Answers
from inference.outputs.output import STRING, AnyColumn, Column, Label, as_list
from inference.scheduler.call import CallResult, Part
from inference.scheduler.wish import WantedOutput, Wish

logger = logging.getLogger(__name__)

Answered = tuple[Part, CallResult]

NUMBERS_ROWS: Final = 32
"""Calls of fewer rows get lists: an array's overhead is that of so many values."""


def by_wish(parts: list[Part]) -> list[Part]:
    """Put parts with the same wish next to each other."""
    first = parts[0].call.wish
    if all(part.call.wish is first for part in parts):
        return parts
    return sorted(parts, key=lambda part: id(part.call.wish))


def scattered(title: str, answers: Answers, parts: Sequence[Part]) -> Iterator[Answered]:
    """Give each part its own rows of the answers, which have the rows of all parts in their order.

    Columns are made once for all neighbours with the same wish. `title` is what the log calls the model.
    """
    start = 0
    for wish, group in groupby(parts, key=lambda part: part.call.wish):
        together = list(group)
        rows = sum(part.rows for part in together)
        own = answers if len(together) == len(parts) else answers.rows(start, start + rows)
        yield from _group(title, own, wish, together, rows)
        start += rows


def _group(title: str, answers: Answers, wish: Wish, parts: Sequence[Part], rows: int) -> Iterator[Answered]:
    try:
        result = _columns(answers, wish, rows, in_lists=rows < NUMBERS_ROWS * len(parts))
    except Exception:
        if len(parts) == 1:
            logger.exception("%s: its answer to %d rows cannot be used", title, rows)
            yield parts[0], _unusable(wish, rows)
            return
    else:
        yield from _cut(result, parts)
        return
    # Whose answer it is that cannot be used shows where each has columns of its own.
    start = 0
    for part in parts:
        yield from _group(title, answers.rows(start, start + part.rows), wish, [part], part.rows)
        start += part.rows


def _cut(result: CallResult, parts: Sequence[Part]) -> Iterator[Answered]:
    if len(parts) == 1:
        yield parts[0], result
        return
    start = 0
    for part in parts:
        stop = start + part.rows
        columns = {request: column[start:stop] for request, column in result.columns.items()}
        yield part, CallResult(columns, _errors_within(result.errors, start, stop) if result.errors else ())
        start = stop


def _errors_within(errors: Sequence[RowError], start: int, stop: int) -> tuple[RowError, ...]:
    return tuple(
        RowError(error.index - start, error.code, error.message, error.field)
        for error in errors
        if start <= error.index < stop
    )


def without_answer(wish: Wish, rows: int, sentence: str) -> CallResult:
    """Return the result of rows that the model gave no answer for."""
    errors = tuple(RowError(row, ErrorCode.PREDICTION_FAILED, sentence) for row in range(rows))
    return CallResult({wanted.request: [None] * rows for wanted in wish.outputs}, errors)


def _unusable(wish: Wish, rows: int) -> CallResult:
    return without_answer(wish, rows, "The model's answer to this call cannot be used; the server's log says why.")


def _columns(answers: Answers, wish: Wish, rows: int, *, in_lists: bool) -> CallResult:
    """Make the wanted columns. Raises ValueError where one has not one value per row, and what a maker raises."""
    columns: dict[Any, AnyColumn] = {}
    errors: dict[int, RowError] = {}
    finite: dict[str, bool] = {}
    for wanted in wish.outputs:
        column = wanted.output.make(answers, wanted.arguments)
        if len(column) != rows:
            raise ValueError(f"{wanted.output.key} has {len(column)} values for {rows} rows")
        if not _certainly_finite(answers, wanted, finite):
            column = as_list(column)
            for row in _not_finite(column):
                errors.setdefault(row, _non_finite(row, wanted.output.key))
        columns[wanted.request] = as_list(column) if in_lists else _compact(column)
    return CallResult(columns, tuple(errors[row] for row in sorted(errors)) if errors else ())


def _compact(column: AnyColumn) -> AnyColumn:
    """Return an array without gaps in memory, as writers want it."""
    return np.ascontiguousarray(column) if isinstance(column, np.ndarray) else column


def _certainly_finite(answers: Answers, wanted: WantedOutput, known: dict[str, bool]) -> bool:
    """Tell whether nothing in an output can be a NaN or an infinity. `known` is what was found of methods so far."""
    kind = wanted.output.type
    if isinstance(kind, Label) or kind == STRING:
        return True
    for method in wanted.output.calls(wanted.request):
        if method not in known:
            known[method] = _all_finite(answers[method])
        if not known[method]:
            return False
    return True


def _all_finite(array: NDArray[Any]) -> bool:
    """Tell whether an array is certainly finite; objects may hide something that is not."""
    return array.dtype.kind in "biuSU" or (array.dtype.kind == "f" and bool(np.isfinite(array).all()))


def _not_finite(column: Column) -> list[int]:
    """Return the rows whose value holds a NaN or an infinity, which JSON cannot say."""
    return [row for row, value in enumerate(column) if not _finite(value)]


def _finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, list | tuple) or all(_finite(item) for item in value)


def _non_finite(row: int, output: str) -> RowError:
    sentence = f"The model's {output} for this row is no finite number, which JSON cannot express."
    return RowError(row, ErrorCode.NON_FINITE_OUTPUT, sentence)
