"""A model whose answers tell which process computed them, and what the system says of processes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from inference.cost import Cost
from inference.info import ExecutionInfo, Place
from tests.inference.slow_python import POISON, InPython

if TYPE_CHECKING:
    from inference.model import LoadedModel
    from tests.inference.conftest import Load

SAMPLE = pd.DataFrame({"x": [1.0, 2.5, 8.0]})


class WithItsProcess(InPython):
    """Answers with the id of the process that computes; on -1 that process ends, on -2 it takes its time."""

    def predict(self, rows: Any) -> Any:
        """Return one number for each row."""
        numbers = np.asarray(rows, dtype=float)[:, 0]
        if POISON in numbers:
            raise ValueError("poison in secret row")
        time.sleep(0.5 if -2 in numbers else 0.001)
        if -1 in numbers:
            os.kill(os.getpid(), signal.SIGKILL)
        return np.full(len(numbers), float(os.getpid()))


def is_gone(process: int) -> bool:
    """Tell whether a process has ended; nobody may have taken note of its end yet."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):  # as it ends while it is looked at
        return True


def is_buried(process: int) -> bool:
    """Tell whether a process has ended with all of its threads, and so with its channel, and that was taken note of."""
    return not Path(f"/proc/{process}").exists()


def parent(process: int) -> int:
    """Return the process that made another: of one that computes, the fork server."""
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


def in_processes(load: Load, deadline_seconds: float, count: int = 2) -> LoadedModel:
    """Load a model whose answers tell where they were computed, as one that runs in so many processes."""
    loaded = load(WithItsProcess().fit(SAMPLE), sample=SAMPLE)
    limits = replace(loaded.serving.limits, deadline_seconds=deadline_seconds)
    execution = ExecutionInfo(Place.PROCESSES, count, "")
    serving = replace(loaded.serving, cost=Cost(1.0, 0.0), execution=execution, limits=limits)
    return replace(loaded, info=replace(loaded.info, serving=serving), serving=serving)
