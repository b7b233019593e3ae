"""Processors are shared out among processes and threads, and the event loop keeps one."""

from __future__ import annotations

import threading

import pytest
import sklearn.ensemble  # noqa: F401  # brings OpenMP
from threadpoolctl import threadpool_info

from inference import processors


def openmp_threads() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "openmp"}


@pytest.mark.parametrize(
    ("usable", "processes", "threads", "expected"),
    [(1, 1, 1, 1), (2, 1, 1, 1), (8, 1, 1, 7), (8, 1, 2, 3), (8, 4, 1, 1), (8, 2, 1, 3), (4, 8, 4, 1)],
)
def test_one_processor_of_a_processs_share_is_left_for_its_event_loop(
    usable: int, processes: int, threads: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(usable)), raising=False)
    assert processors.processors_beside(processes, threads) == expected


def test_a_limit_holds_for_the_thread_that_sets_it_and_for_no_other() -> None:
    before, seen = openmp_threads(), list[set[int]]()

    def limited() -> None:
        processors.limit_openmp(5)
        seen.append(openmp_threads())

    thread = threading.Thread(target=limited)
    thread.start()
    thread.join()
    assert seen == [{5}]
    assert openmp_threads() == before
