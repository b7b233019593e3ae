"""What happens to a model's calls is counted, exactly."""

from __future__ import annotations

import timeit

import pytest

from inference.cost import Cost
from inference.errors import BatchTooLarge, DeadlineExceeded, ErrorCode, Overloaded, RefusalReason, RowError
from inference.statistics import model_families as families
from inference.statistics.cells import ProcessCells
from inference.statistics.family import ROWS_BOUNDS, SECONDS_BOUNDS
from inference.statistics.model_families import MODEL_FAMILIES, ReleaseReason
from inference.statistics.model_statistics import ModelStatistics
from inference.statistics.recent import RELATIVE_ERROR

COST = Cost(0.001, 0.00001)


class Clock:
    """Shows what it is set to."""

    def __init__(self) -> None:
        self.now = 5000.0

    def __call__(self) -> float:
        """Return the time, in seconds."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cells() -> ProcessCells:
    return ProcessCells()


@pytest.fixture
def statistics(cells: ProcessCells, clock: Clock) -> ModelStatistics:
    return ModelStatistics("m", "1", cells, clock)


def test_rows_are_predictions_or_errors_and_a_row_with_two_errors_counts_once(statistics: ModelStatistics) -> None:
    errors = [RowError(row, code, "?") for row, code in ((1, ErrorCode.OUT_OF_RANGE), (1, ErrorCode.BAD_USER_INPUT))]
    statistics.answered(10, [*errors, RowError(3, ErrorCode.BAD_USER_INPUT, "?")], since=4999.0)
    statistics.answered(2, (), since=4999.0)
    statistics.failed(4, DeadlineExceeded(30), since=4970.0)
    live = statistics.live(COST)
    assert live.cost is COST
    assert (live.calls, live.predictions) == (3, 10)
    assert [(error.code.value, error.calls, error.rows) for error in live.errors] == [
        ("BAD_USER_INPUT", 0, 1),
        ("OUT_OF_RANGE", 0, 1),
        ("DEADLINE_EXCEEDED", 1, 4),
    ]


def test_latency_is_from_a_calls_arrival_to_its_end(
    statistics: ModelStatistics, cells: ProcessCells, clock: Clock
) -> None:
    for seconds in (0.004, 0.004, 0.004, 2.0):
        statistics.answered(1, (), since=clock.now - seconds)
    latency = statistics.live(COST).latency_seconds
    assert latency is not None
    assert [latency.p50, latency.p99] == pytest.approx([0.004, 2.0], rel=RELATIVE_ERROR)
    row = cells.total(families.CALLS, "m", "1")
    assert (row[SECONDS_BOUNDS.index(0.005)], row[SECONDS_BOUNDS.index(2.5)]) == (3, 1)
    assert row[-1] == pytest.approx(2.012)


def test_a_batch_counts_its_rows_its_calls_waits_and_its_reason(
    statistics: ModelStatistics, cells: ProcessCells, clock: Clock
) -> None:
    statistics.batch(7, [clock.now - 0.25, clock.now], ReleaseReason.FREED)
    statistics.batch(8192, [clock.now - 0.25], ReleaseReason.FULL)
    statistics.retried(3)
    live = statistics.live(COST)
    assert (live.batches, live.retries) == (2, 3)
    assert live.batch_rows is not None
    assert live.queue_wait_seconds is not None
    assert round(live.batch_rows.p50) == 7
    assert live.queue_wait_seconds.p50 == pytest.approx(0.25, rel=RELATIVE_ERROR)
    assert cells.total(families.BATCH_ROWS, "m", "1")[ROWS_BOUNDS.index(10000)] == 1
    releases = [cells.total(families.RELEASES, "m", "1", reason.value)[0] for reason in ReleaseReason]
    assert releases == [0, 1, 1]


def test_the_queue_is_as_it_was_noted_last(statistics: ModelStatistics, cells: ProcessCells) -> None:
    statistics.queued(12, 4998.0)
    assert cells.total(families.OLDEST_WAIT, "m", "1") == [4998.0]
    statistics.queued(5, None)
    assert statistics.live(COST).queued_rows == 5
    assert cells.total(families.OLDEST_WAIT, "m", "1") == [0.0]


def test_callers_that_went_away_are_counted_apart(statistics: ModelStatistics) -> None:
    statistics.cancelled()
    live = statistics.live(COST)
    assert (live.cancelled, live.calls, live.latency_seconds) == (1, 0, None)


def test_calls_that_fail_were_refused_for_a_reason_or_expired(statistics: ModelStatistics) -> None:
    statistics.failed(9, BatchTooLarge(9, 5), since=4999.0)
    for _ in range(2):
        statistics.failed(1, Overloaded("why", 1.0, RefusalReason.TOO_LATE), since=4999.0)
    statistics.failed(1, DeadlineExceeded(1), since=4999.0)
    live = statistics.live(COST)
    assert [(refused.reason.value, refused.calls) for refused in live.refused] == [("too_large", 1), ("too_late", 2)]
    assert (live.expired, live.calls) == (1, 4)


def test_two_versions_are_counted_apart(cells: ProcessCells, clock: Clock) -> None:
    one, two = (ModelStatistics("m", version, cells, clock) for version in "12")
    one.answered(3, (), since=clock.now)
    assert (one.live(COST).predictions, two.live(COST).predictions) == (3, 0)


def test_every_family_has_a_name_of_its_own_and_is_at_zero_before_anything_happens(
    statistics: ModelStatistics, cells: ProcessCells
) -> None:
    assert len({family.name for family in MODEL_FAMILIES}) == len(MODEL_FAMILIES)
    assert statistics.live(COST).errors == ()
    counted = {key[0] for key in cells.totals()}
    once_counted = {"row_errors_total", "failed_calls_total", "refused_calls_total"}
    assert counted == {family.name for family in MODEL_FAMILIES} - once_counted
    assert {value for row in cells.totals().values() for value in row} == {0.0}


def test_counting_a_call_costs_little_beside_answering_it() -> None:
    statistics = ModelStatistics("m", "1", ProcessCells())
    since = statistics.clock()
    best = min(timeit.repeat(lambda: statistics.answered(1, (), since), number=1000, repeat=5)) / 1000
    assert best < 50e-6  # about 1 µs; a bound that a busy machine keeps


def test_calls_that_are_refused_together_count_as_many_that_are_refused_one_by_one(clock: Clock) -> None:
    together, one_by_one = (
        ModelStatistics("m", "1", ProcessCells(), clock),
        ModelStatistics("m", "1", ProcessCells(), clock),
    )
    error = Overloaded("much waits", 1.0, RefusalReason.TOO_LATE)
    together.refused(3, 12, error)
    for rows in (3, 4, 5):
        one_by_one.failed(rows, error, clock())
    assert together.live(COST) == one_by_one.live(COST)
    assert together.live(COST).calls == 3


def test_failures_of_several_kinds_that_alternate_are_told_apart(statistics: ModelStatistics) -> None:
    late = Overloaded("much waits", 1.0, RefusalReason.TOO_LATE)
    full = Overloaded("more wait than may", 1.0, RefusalReason.QUEUE_FULL)
    for error in (late, full, DeadlineExceeded(1), late, late, BatchTooLarge(5, 4)):
        statistics.failed(1, error, 5000.0)
    live = statistics.live(COST)
    assert {one.reason: one.calls for one in live.refused} == {
        RefusalReason.TOO_LARGE: 1,
        RefusalReason.QUEUE_FULL: 1,
        RefusalReason.TOO_LATE: 3,
    }
    assert {one.code: one.calls for one in live.errors} == {
        ErrorCode.OVERLOADED: 4,
        ErrorCode.DEADLINE_EXCEEDED: 1,
        ErrorCode.BATCH_TOO_LARGE: 1,
    }
    assert live.expired == 1
