"""Runs a batch: one model call for the rows of many callers, and each caller's own answers out of it."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.errors import ErrorCode, RowError
from inference.model import LoadedModel
from inference.outputs.answers import Answers
from inference.outputs.output import STRING, Column, Label
from inference.scheduler.call import Call, CallResult, WantedOutput, spread

logger = logging.getLogger(__name__)

MOST_FAILING_CALLS = 32
"""How many model calls may fail while the rows to blame are searched, before the rest is given up."""


def run(model: LoadedModel, calls: Sequence[Call]) -> list[CallResult]:
    """Answer all calls with one model call, made for every method that any of them wants.

    Where it raises, the rows are halved until those that make it raise are alone: only they have an error.
    """
    methods = set().union(*(call.methods for call in calls))
    counts = [call.count for call in calls]
    columns = _joined([call.columns for call in calls])
    search = _Search(model, methods)
    parts = search.answers(columns, sum(counts)) if methods else []
    if methods and not search.failed_rows:
        return _scattered(model, Answers.joined(parts), calls)
    return _scattered_with_errors(model, parts, search.failed_rows, calls)


class _Search:
    """Asks for answers, and searches for the rows that have none."""

    def __init__(self, model: LoadedModel, methods: set[str]) -> None:
        self._model = model
        self._methods = methods
        self._failing_calls = 0
        self.failed_rows: set[int] = set()

    def answers(self, columns: Sequence[Sequence[Any]], count: int, first: int = 0) -> list[Answers]:
        """Return the answers for all rows that have some, in order. `first` is the first row's place in the batch."""
        if self._failing_calls >= MOST_FAILING_CALLS:
            self.failed_rows.update(range(first, first + count))
            return []
        try:
            return [self._model.ask(columns, count, self._methods)]
        except Exception:
            self._failing_calls += 1
            if self._failing_calls == 1:
                logger.exception("%s raised on a batch of %d rows", self._model.title, count)
        if count == 1:
            self.failed_rows.add(first)
            return []
        half = count // 2
        left = self.answers([column[:half] for column in columns], half, first)
        return left + self.answers([column[half:] for column in columns], count - half, first + half)


def _joined(all_columns: Sequence[Sequence[Sequence[Any]]]) -> Sequence[Sequence[Any]]:
    """Put the calls' columns behind each other."""
    if len(all_columns) == 1:
        return all_columns[0]
    return [[value for part in parts for value in part] for parts in zip(*all_columns, strict=True)]


def _scattered(model: LoadedModel, answers: Answers, calls: Sequence[Call]) -> list[CallResult]:
    results: list[CallResult] = []
    start = 0
    for call in calls:
        results.append(_result(model, answers.rows(start, start + call.count), call, range(call.count)))
        start += call.count
    return results


def _scattered_with_errors(
    model: LoadedModel, parts: Sequence[Answers], failed_rows: set[int], calls: Sequence[Call]
) -> list[CallResult]:
    answers = Answers.joined(parts) if parts else None
    results: list[CallResult] = []
    start = taken = 0
    for call in calls:
        good = [row for row in range(call.count) if start + row not in failed_rows]
        answered = answers.rows(taken, taken + len(good)) if answers else Answers({})
        result = _result(model, answered, call, good)
        raised = tuple(_raised(row) for row in range(call.count) if start + row in failed_rows)
        results.append(CallResult(result.columns, tuple(sorted(result.errors + raised, key=lambda e: e.index))))
        start += call.count
        taken += len(good)
    return results


def _raised(row: int) -> RowError:
    return RowError(row, ErrorCode.PREDICTION_FAILED, "The model raised an error on this row; the server's log has it.")


def _result(model: LoadedModel, answers: Answers, call: Call, rows: Sequence[int]) -> CallResult:
    """Make the wanted columns, or say that there can be none. `rows` are the places in the call that were answered."""
    try:
        return _columns(answers, call, rows)
    except Exception:
        logger.exception("%s: its answer to %d rows cannot be used", model.title, len(rows))
        nothing: Column = [None] * call.count
        return CallResult({wanted.request: nothing for wanted in call.wanted}, tuple(map(_unusable, rows)))


def _unusable(row: int) -> RowError:
    sentence = "The model's answer to this call cannot be used; the server's log says why."
    return RowError(row, ErrorCode.PREDICTION_FAILED, sentence)


def _columns(answers: Answers, call: Call, rows: Sequence[int]) -> CallResult:
    columns: dict[Any, Column] = {}
    errors: dict[int, RowError] = {}
    for wanted in call.wanted:
        column = wanted.output.column(answers, dict(wanted.request.arguments)) if rows else []
        for place in _not_finite(answers, wanted, column):
            errors.setdefault(rows[place], _non_finite(rows[place], wanted.output.key))
        columns[wanted.request] = column if len(rows) == call.count else spread(column, rows, call.count)
    return CallResult(columns, tuple(errors[row] for row in sorted(errors)))


def _not_finite(answers: Answers, wanted: WantedOutput, column: Column) -> Sequence[int]:
    """Return the rows whose output holds a NaN or an infinity, which JSON cannot say."""
    kind = wanted.output.type
    if isinstance(kind, Label) or kind == STRING or not column:
        return ()
    if all(_certainly_finite(answers[method]) for method in wanted.output.calls(wanted.request)):
        return ()
    return [row for row, value in enumerate(column) if not _finite(value)]


def _certainly_finite(array: NDArray[Any]) -> bool:
    """Tell whether nothing in it can be a NaN or an infinity; objects may hide some."""
    return array.dtype.kind in "biuSU" or (array.dtype.kind == "f" and bool(np.isfinite(array).all()))


def _finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, list | tuple) or all(_finite(item) for item in value)


def _non_finite(row: int, output: str) -> RowError:
    sentence = f"The model's {output} for this row is no finite number, which JSON cannot express."
    return RowError(row, ErrorCode.NON_FINITE_OUTPUT, sentence)
