"""Shares the processors out among processes and threads.

What BLAS uses is a matter of the process, what OpenMP uses of each thread that calls it: a limit that one thread sets
holds for no other.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager

import threadpoolctl
from joblib import parallel_config


def usable_processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processors_beside(processes: int, threads: int) -> int:
    """Return how many processors OpenMP is to use in each of a process's threads that predict, at least one.

    One of the process's share is left for its event loop: a loop of OpenMP waits for the slowest of its threads, which
    is the one that has to share a processor.
    """
    return max(1, (usable_processors() // processes - 1) // threads)


def limit_openmp(processors: int) -> None:
    """Let OpenMP use so many processors for what this thread calls."""
    threadpoolctl.threadpool_limits(processors, user_api="openmp")


def share_processors(processes: int) -> None:
    """Let the libraries of numbers (BLAS, OpenMP) use this process's share of the processors, at least one."""
    if processes > 1:
        threadpoolctl.threadpool_limits(max(1, usable_processors() // processes))


def jobs_in_threads() -> AbstractContextManager[object]:
    """Let estimators with `n_jobs` have their jobs done by threads for now, as far as this thread calls them.

    Some would send themselves to other processes, which takes a tenth of a second or more for each call.
    """
    return parallel_config(backend="threading")  # type: ignore[no-any-return]  # joblib ships no types
