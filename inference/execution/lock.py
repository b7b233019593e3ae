"""For which part of its time some work keeps all other threads of Python waiting.

A thread that wants the interpreter's lock asks the one that has it to let go, after 5 ms (`sys.setswitchinterval`). So
how late a thread wakes up says little where processors are busy with other things as well: that is a matter of
milliseconds, too. Here nobody asks for minutes, and the lock is let go only where the work itself does so, as most
numerical libraries do while they compute. Then a thread that wants to wake up again and again hardly does so beside
work that keeps the lock, and often beside any other, however busy the machine is.
"""

from __future__ import annotations

import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Final

TRIALS: Final = 5
TRIAL_SECONDS: Final = 0.05
"""The work is repeated until this has passed."""
MOST_SECONDS: Final = 0.3
"""After this no further trial is begun."""
_LITTLE: Final = 0.25
_NAP_SECONDS: Final = 0.0005
_LONG_SECONDS: Final = 0.005
"""A shorter wait is no reproach: Python's own threads wait as long for each other."""
_NOBODY_ASKS_SECONDS: Final = 60.0


def lock_share(work: Callable[[], object]) -> float:
    """Return the part of its time, from 0 to 1, for which other threads had to wait longer than they do for Python's.

    The median of some trials: of few where they leave no doubt, of one where the work takes long. Raises what the work
    raises.
    """
    begin = time.perf_counter()
    shares: list[float] = []
    with _nobody_asks():
        while len(shares) < TRIALS and (not shares or time.perf_counter() - begin < MOST_SECONDS):
            shares.append(_trial(work))
            if len(shares) > 1 and max(shares) < _LITTLE:
                break
    return statistics.median(shares)


def _trial(work: Callable[[], object]) -> float:
    """Wake up again and again while a thread works, and return the part of its time without that."""
    raised: list[BaseException] = []
    span: list[float] = []

    def repeat() -> None:
        start = time.perf_counter()
        try:
            while time.perf_counter() - start < TRIAL_SECONDS:
                work()
        except BaseException as error:  # noqa: BLE001  # it is raised again
            raised.append(error)
        span.extend((start, time.perf_counter()))

    thread = threading.Thread(target=repeat, name="measure")
    thread.start()
    awake: list[float] = []
    while not span:
        awake.append(time.perf_counter())
        time.sleep(_NAP_SECONDS)
    thread.join()
    if raised:
        raise raised[0]
    begin, end = span[0], span[-1]
    moments = [begin, *(moment for moment in awake if begin < moment < end), end]
    waits = (later - earlier for earlier, later in pairwise(moments))
    return sum(wait for wait in waits if wait > _LONG_SECONDS) / (end - begin)


@contextmanager
def _nobody_asks() -> Iterator[None]:
    """Let threads have the interpreter's lock for as long as they like, in the whole process."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_NOBODY_ASKS_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
