"""Shares the processors out among processes."""

from __future__ import annotations

import os

import threadpoolctl


def usable_processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share_processors(processes: int) -> None:
    """Let the libraries of numbers (BLAS, OpenMP) use this process's share of the processors, at least one."""
    if processes > 1:
        threadpoolctl.threadpool_limits(max(1, usable_processors() // processes))
