"""Counts what happens to the calls of one model version."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from inference.cost import Cost
from inference.errors import DeadlineExceeded, ErrorCode, RefusalReason, RequestError, RowError
from inference.statistics import model_families as families
from inference.statistics.cells import Cells, Row, RowKey, observe, observe_all
from inference.statistics.family import ROWS_BOUNDS, SECONDS_BOUNDS, Family
from inference.statistics.live import ErrorCount, LiveStatistics, RefusedCount
from inference.statistics.model_families import ReleaseReason
from inference.statistics.recent import RecentValues


class _Failure(NamedTuple):
    """Where calls are counted that fail in the same way."""

    code: ErrorCode
    refusal: RefusalReason | None
    calls: Row
    rows: Row
    refused: Row | None


class ModelStatistics:
    """What is counted of one model version. To be used from one event loop only; each event costs about 1 µs.

    `clock` is in seconds and never goes back; it is the same for all processes of the machine.
    """

    def __init__(self, model: str, version: str, cells: Cells, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._labels = (model, version)
        self._cells = cells
        self._calls = cells.row(families.CALLS, *self._labels)
        self._predictions = cells.row(families.PREDICTIONS, *self._labels)
        self._expired = cells.row(families.EXPIRED, *self._labels)
        self._cancelled = cells.row(families.CANCELLED, *self._labels)
        self._batch_rows = cells.row(families.BATCH_ROWS, *self._labels)
        self._queue_wait = cells.row(families.QUEUE_WAIT, *self._labels)
        self._releases = {reason: cells.row(families.RELEASES, *self._labels, reason.value) for reason in ReleaseReason}
        self._retries = cells.row(families.RETRIES, *self._labels)
        self._replaced = cells.row(families.REPLACED_PROCESSES, *self._labels)
        self._queued_rows = cells.row(families.QUEUED_ROWS, *self._labels)
        self._oldest = cells.row(families.OLDEST_WAIT, *self._labels)
        self._last_failure: _Failure | None = None
        """Many calls fail in the same way, one after another, and enums are slow to look up."""
        self._recent_latency, self._recent_rows, self._recent_wait = RecentValues(), RecentValues(), RecentValues()

    def answered(self, rows: int, errors: Sequence[RowError], since: float) -> None:
        """Count a call that came at `since` and is answered; some of its rows may have errors, one counts for each."""
        self._ended(since)
        if errors:
            codes = {error.index: error.code for error in reversed(errors)}
            for code, count in Counter(codes.values()).items():
                self._error_row(families.ROW_ERRORS, code)[0] += count
            rows -= len(codes)
        self._predictions[0] += rows

    def failed(self, rows: int, error: RequestError, since: float) -> None:
        """Count a call that came at `since` and fails as a whole; it may have been refused, or have expired."""
        self._ended(since)
        self._fail(1, rows, error)
        if isinstance(error, DeadlineExceeded):
            self._expired[0] += 1

    def refused(self, calls: int, rows: int, error: RequestError) -> None:
        """Count calls that were refused as soon as they came, and how many rows they had together."""
        self._calls[bisect_left(SECONDS_BOUNDS, 0.0)] += calls
        self._recent_latency.extend([0.0] * calls, self.clock())
        self._fail(calls, rows, error)

    def _fail(self, calls: int, rows: int, error: RequestError) -> None:
        failure = self._last_failure
        if failure is None or failure.code is not error.code or failure.refusal is not error.refusal:
            failure = self._last_failure = self._failure(error)
        failure.calls[0] += calls
        failure.rows[0] += rows
        if failure.refused is not None:
            failure.refused[0] += calls

    def _failure(self, error: RequestError) -> _Failure:
        code, why = error.code, error.refusal
        refused = self._cells.row(families.REFUSED, *self._labels, why.value) if why else None
        calls, rows = self._error_row(families.FAILED_CALLS, code), self._error_row(families.ROW_ERRORS, code)
        return _Failure(code, why, calls, rows, refused)

    def cancelled(self) -> None:
        """Count a call whose caller went away."""
        self._cancelled[0] += 1

    def queued(self, rows: int, oldest: float | None) -> None:
        """Note how many rows wait now, and when the oldest call came that waits."""
        self._queued_rows[0] = rows
        self._oldest[0] = oldest or 0.0

    def batch(self, rows: int, arrivals: Iterable[float], reason: ReleaseReason) -> None:
        """Count a batch that is cut now, of calls that came at `arrivals`."""
        now = self.clock()
        self._releases[reason][0] += 1
        observe(self._batch_rows, ROWS_BOUNDS, rows)
        self._recent_rows.add(rows, now)
        waits = [now - arrival for arrival in arrivals]
        observe_all(self._queue_wait, SECONDS_BOUNDS, waits)
        self._recent_wait.extend(waits, now)

    def retried(self, calls: int) -> None:
        """Count model calls made once more with fewer rows."""
        self._retries[0] += calls

    def process_replaced(self) -> None:
        """Count a process of the model that ended before its time, so that the next batch has another."""
        self._replaced[0] += 1

    def live(self, cost: Cost) -> LiveStatistics:
        """Return what was counted until now. `cost` is what is known of it."""
        now, count = self.clock(), self._counts()
        codes = ((code, count(families.FAILED_CALLS, code), count(families.ROW_ERRORS, code)) for code in ErrorCode)
        refused = ((reason, count(families.REFUSED, reason)) for reason in RefusalReason)
        return LiveStatistics(
            calls=count(families.CALLS),
            predictions=count(families.PREDICTIONS),
            errors=tuple(ErrorCount(code, calls, rows) for code, calls, rows in codes if calls or rows),
            refused=tuple(RefusedCount(reason, calls) for reason, calls in refused if calls),
            expired=count(families.EXPIRED),
            cancelled=count(families.CANCELLED),
            batches=count(families.BATCH_ROWS),
            retries=count(families.RETRIES),
            queued_rows=count(families.QUEUED_ROWS),
            latency_seconds=self._recent_latency.percentiles(now),
            batch_rows=self._recent_rows.percentiles(now),
            queue_wait_seconds=self._recent_wait.percentiles(now),
            cost=cost,
        )

    def _counts(self) -> Callable[..., int]:
        """Return a function of a family and its label: a counter's value, or how many values a histogram has."""
        by_model = (family for family in families.MODEL_FAMILIES if family.labels == families.MODEL)
        by_code = (families.FAILED_CALLS, families.ROW_ERRORS)
        keys: list[RowKey] = [(family.name, *self._labels) for family in by_model]
        keys += [(family.name, *self._labels, code) for family in by_code for code in ErrorCode]
        keys += [(families.REFUSED.name, *self._labels, reason) for reason in RefusalReason]
        totals = self._cells.totals(keys)

        def count(family: Family, *label: str) -> int:
            row = totals.get((family.name, *self._labels, *label), (0.0,))
            return int(sum(row[:-1]) if family.bounds else row[0])

        return count

    def _ended(self, since: float) -> None:
        now = self.clock()
        observe(self._calls, SECONDS_BOUNDS, now - since)
        self._recent_latency.add(now - since, now)

    def _error_row(self, family: Family, code: ErrorCode) -> memoryview[float]:
        return self._cells.row(family, *self._labels, code.value)
