"""Processes that share a folder count together, and what one has counted outlives it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import CollectorRegistry

from inference.statistics.cells import ProcessCells
from inference.statistics.family import Family, Kind
from inference.statistics.model_families import BATCH_ROWS, OLDEST_WAIT, PREDICTIONS, QUEUED_ROWS
from server.metrics.processes import ProcessesCollector
from server.metrics.shared_cells import CHUNK_BYTES, SharedCells

ROOT = Path(__file__).parents[3]
OTHER = """
import sys
from pathlib import Path
from inference.statistics.model_families import BATCH_ROWS, OLDEST_WAIT, PREDICTIONS, QUEUED_ROWS
from server.metrics.shared_cells import SharedCells

cells = SharedCells(Path(sys.argv[1]))
cells.row(PREDICTIONS, "m", "1")[0] += 5
cells.row(PREDICTIONS, "other", "1")[0] += 1
cells.row(QUEUED_ROWS, "m", "1")[0] = 3
cells.row(OLDEST_WAIT, "m", "1")[0] = 40.0
cells.row(BATCH_ROWS, "m", "1")[2] += 1
for line in sys.stdin:
    print("counted", flush=True)
    cells.row(PREDICTIONS, "m", "1")[0] += 1
    cells.row(PREDICTIONS, "late", "1")[0] += 1
"""


class Other:
    """Another process that counts in the same folder."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", OTHER, str(folder)],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.count()

    def count(self) -> None:
        """Let it count once more; what it counted until the time before is there on return."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "counted\n"

    def kill(self) -> None:
        """End it without a chance to do anything, and wait until it is gone."""
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Other]:
    """Start another process."""
    made = Other(tmp_path)
    yield made
    made.kill()


def test_counts_of_living_processes_are_added_up_as_they_are_now(tmp_path: Path, other: Other) -> None:
    cells = SharedCells(tmp_path)
    cells.row(PREDICTIONS, "m", "1")[0] = 10
    cells.row(QUEUED_ROWS, "m", "1")[0] = 4
    cells.row(OLDEST_WAIT, "m", "1")[0] = 50.0
    other.count()
    other.count()
    assert cells.total(PREDICTIONS, "m", "1")[0] >= 17
    assert cells.total(QUEUED_ROWS, "m", "1") == [7]
    assert cells.total(OLDEST_WAIT, "m", "1") == [40.0]
    assert cells.total(PREDICTIONS, "other", "1") == [1]
    assert cells.total(PREDICTIONS, "late", "1")[0] >= 2
    totals = cells.totals()
    assert totals[PREDICTIONS.name, "other", "1"] == [1]
    assert totals[BATCH_ROWS.name, "m", "1"][2] == 1
    assert cells.total(PREDICTIONS, "nobody", "1") == [0.0]


def test_what_a_killed_process_counted_stays_and_what_it_was_doing_does_not(tmp_path: Path, other: Other) -> None:
    cells = SharedCells(tmp_path)
    before = cells.totals()
    assert cells.living() == (os.getpid(), other.process.pid)
    other.kill()
    assert cells.total(PREDICTIONS, "m", "1")[0] >= before[PREDICTIONS.name, "m", "1"][0] >= 5
    assert cells.totals()[BATCH_ROWS.name, "m", "1"] == before[BATCH_ROWS.name, "m", "1"]
    assert cells.total(QUEUED_ROWS, "m", "1") == [0.0]
    assert (QUEUED_ROWS.name, "m", "1") not in cells.totals()
    assert (OLDEST_WAIT.name, "m", "1") not in cells.totals()
    assert cells.living() == (os.getpid(),)


def test_a_process_that_comes_later_sees_what_those_before_counted(tmp_path: Path, other: Other) -> None:
    other.kill()
    assert SharedCells(tmp_path).total(PREDICTIONS, "other", "1") == [1]


def test_the_earliest_moment_counts_and_none_is_none(tmp_path: Path) -> None:
    one, two = SharedCells(tmp_path), SharedCells(tmp_path)
    one.row(OLDEST_WAIT, "m", "1")
    two.row(OLDEST_WAIT, "m", "1")
    assert one.total(OLDEST_WAIT, "m", "1") == [0.0]
    two.row(OLDEST_WAIT, "m", "1")[0] = 7.0
    assert one.total(OLDEST_WAIT, "m", "1") == two.totals()[OLDEST_WAIT.name, "m", "1"] == [7.0]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9)), min_size=1, max_size=60))
def test_rows_of_any_length_hold_what_cells_of_one_process_hold(
    tmp_path_factory: pytest.TempPathFactory, counted: list[tuple[int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("cells")
    one, two, alone = SharedCells(folder), SharedCells(folder), ProcessCells()
    for length, label in counted:
        family = Family(f"h{length}", Kind.HISTOGRAM, "Of any length.", ("label",), tuple(map(float, range(length))))
        for cells in (one, two, alone, alone):
            cells.row(family, str(label))[label % (length + 2)] += label
    assert one.totals() == two.totals() == alone.totals()


def test_many_rows_take_several_chunks(tmp_path: Path) -> None:
    one, two = SharedCells(tmp_path), SharedCells(tmp_path)
    for number in range(1500):
        one.row(BATCH_ROWS, f"m{number}", "1")[number % 15] = number
    (numbers,) = (path for path in tmp_path.glob("*.numbers") if path.stat().st_size)
    assert numbers.stat().st_size == 3 * CHUNK_BYTES
    assert [two.total(BATCH_ROWS, f"m{number}", "1")[number % 15] for number in range(1500)] == list(range(1500))


def test_the_files_are_readable_by_their_user_only(tmp_path: Path) -> None:
    SharedCells(tmp_path).row(PREDICTIONS, "m", "1")
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems have no /proc")
def test_memory_is_shown_for_each_living_process(tmp_path: Path, other: Other) -> None:
    registry = CollectorRegistry()
    registry.register(ProcessesCollector(SharedCells(tmp_path).living))
    text = generate_latest(registry).decode()
    for process in (os.getpid(), other.process.pid):
        assert f'process_resident_memory_bytes{{pid="{process}"}}' in text
        assert f'process_cpu_seconds_total{{pid="{process}"}}' in text
