"""Operations are counted by names that clients choose, and those cannot grow without end."""

from __future__ import annotations

from inference.statistics.cells import ProcessCells
from schema.asked import OTHER, Asked
from server.metrics.families import OPERATION_SECONDS, OPERATIONS
from server.metrics.operations import MOST_NAMES, Lane, OperationStatistics, Outcome


def counted(cells: ProcessCells) -> dict[tuple[str, ...], float]:
    return {tuple(labels): row[0] for (name, *labels), row in cells.totals().items() if name == OPERATIONS.name}


def test_an_operation_is_counted_by_name_model_lane_and_outcome() -> None:
    cells = ProcessCells()
    statistics = OperationStatistics(cells, clock=lambda: 10.0)
    statistics.answered(Asked("Q", "iris"), Outcome.OK, since=9.5)
    statistics.answered(Asked("Q", "iris"), Outcome.PARTIAL, since=9.0)
    assert counted(cells) == {("Q", "iris", "reference", "ok"): 1, ("Q", "iris", "reference", "partial"): 1}
    assert cells.total(OPERATION_SECONDS, "Q", "iris", "reference")[-1] == 1.5


def test_names_beyond_the_limit_are_counted_together_and_known_ones_as_before() -> None:
    cells = ProcessCells()
    statistics = OperationStatistics(cells)
    for number in [*range(MOST_NAMES + 50), 0]:
        statistics.answered(Asked(f"Q{number}", "iris"), Outcome.OK, statistics.clock())
    names = {labels[0]: value for labels, value in counted(cells).items()}
    assert len(names) == MOST_NAMES + 1
    assert (names["Q0"], names[OTHER]) == (2, 50)


def test_an_operation_that_was_never_executed_gets_no_numbers_of_its_own() -> None:
    cells = ProcessCells()
    statistics = OperationStatistics(cells)
    for outcome in (Outcome.REFUSED, Outcome.OK, Outcome.REFUSED):
        statistics.answered(Asked("Q", "iris"), outcome, statistics.clock())
    assert counted(cells) == {
        (OTHER, "iris", "reference", "refused"): 1,
        ("Q", "iris", "reference", "ok"): 1,
        ("Q", "iris", "reference", "refused"): 1,
    }


def test_operations_that_are_refused_together_count_as_many_that_are_refused_one_by_one() -> None:
    together, one_by_one = ProcessCells(), ProcessCells()
    OperationStatistics(together, lambda: 10.0).refused(Asked("Q", "iris"), Outcome.FAILED, 3)
    statistics = OperationStatistics(one_by_one, lambda: 10.0)
    for _ in range(3):
        statistics.answered(Asked("Q", "iris"), Outcome.FAILED, 10.0, Lane.PLAN)
    assert together.totals() == one_by_one.totals()
    assert counted(together) == {("Q", "iris", "plan", "failed"): 3}


def test_operations_that_fail_in_turn_are_told_apart() -> None:
    cells = ProcessCells()
    statistics = OperationStatistics(cells)
    for name, lane in (("A", Lane.PLAN), ("B", Lane.PLAN), ("A", Lane.REFERENCE), ("A", Lane.PLAN)):
        statistics.answered(Asked(name, "iris"), Outcome.FAILED, statistics.clock(), lane)
    assert counted(cells) == {
        ("A", "iris", "plan", "failed"): 2,
        ("A", "iris", "reference", "failed"): 1,
        ("B", "iris", "plan", "failed"): 1,
    }
