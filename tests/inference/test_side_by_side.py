"""Work in threads: as many at once as wanted, results in order, and no thread left behind."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from inference.side_by_side import side_by_side

STUCK = """
import signal, sys, time
from inference.side_by_side import side_by_side

def leave(*_):
    raise SystemExit(3)

signal.signal(signal.SIGALRM, leave)
signal.setitimer(signal.ITIMER_REAL, 0.3)
side_by_side(lambda _: time.sleep(60), [1, 2], 2, "stuck")
"""


def test_results_come_in_the_order_of_the_items_and_no_thread_stays() -> None:
    def slow(number: int) -> tuple[int, str]:
        time.sleep(0.02 * (5 - number))
        return number, threading.current_thread().name

    before = threading.active_count()
    results = side_by_side(slow, range(5), 3, "work")
    assert [number for number, _ in results] == [0, 1, 2, 3, 4]
    assert {name for _, name in results} <= {"work-0", "work-1", "work-2"}
    assert threading.active_count() == before
    assert side_by_side(slow, [], 3, "work") == []


@pytest.mark.parametrize("most", [1, 2, 9])
def test_no_more_work_at_once_than_wanted(most: int) -> None:
    at_work: list[int] = []
    seen: list[int] = []

    def count(number: int) -> None:
        at_work.append(number)
        time.sleep(0.01)
        seen.append(len(at_work))
        at_work.remove(number)

    side_by_side(count, range(8), most, "work")
    assert len(seen) == 8
    assert max(seen) <= most


def test_the_first_failure_is_raised_when_all_have_ended() -> None:
    done: list[int] = []

    def fail(number: int) -> None:
        if number in {1, 3}:
            raise ValueError(str(number))
        done.append(number)

    with pytest.raises(ValueError, match="1"):
        side_by_side(fail, range(5), 2, "work")
    assert sorted(done) == [0, 2, 4]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGALRM")
def test_a_process_that_is_told_to_stop_does_not_wait_for_them() -> None:
    assert subprocess.run([sys.executable, "-c", STUCK], timeout=40, check=False).returncode == 3
