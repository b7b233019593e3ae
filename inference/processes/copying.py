"""Copies of this process, with all that it has loaded: when they can be made, how, and how they end.

A copy shares the memory of all models, whatever their format, and is there within milliseconds. But threads are not
copied: where one that a model started holds a lock or a part of the work, the copy waits for ever. So a process is
copied only if loading the models left no thread behind.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import signal
import stat
import sys
import time
import warnings
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

logger = logging.getLogger(__name__)

_THREADS: Final = Path("/proc/self/task")
_DESCRIPTORS: Final = Path("/proc/self/fd")
_WITH_A_THREAD: Final = ("onnxruntime",)
"""Libraries that formats import and that start a thread for themselves then. Copies do well without it."""
_SETTLE_SECONDS: Final = 2.0
_STANDARD_STREAMS: Final = (0, 1, 2)


class Threads:
    """Which threads there were before the models were loaded."""

    def __init__(self, *, early: bool) -> None:
        """Take note of them; `early` to import now what may be imported later and starts a thread."""
        for name in _WITH_A_THREAD:
            if early and importlib.util.find_spec(name):
                importlib.import_module(name)
        self._before = _threads()

    def are_as_before(self) -> bool:
        """Tell whether the models left no thread behind; those of a pool that is closed take a moment to end."""
        if self._before is None:
            return False
        end = time.monotonic() + _SETTLE_SECONDS
        while not (now := _lasting_threads() or frozenset()) <= self._before and time.monotonic() < end:
            time.sleep(0.05)
        return now <= self._before


def _threads() -> frozenset[str] | None:
    """Return the threads of this process; None where the system does not tell."""
    return frozenset(thread.name for thread in _THREADS.iterdir()) if _THREADS.is_dir() else None


def _lasting_threads() -> frozenset[str] | None:
    """Return the threads that do not end by themselves before a fork; None where the system does not tell.

    OpenBLAS ends its own then, and starts others when they are needed. So one process is forked for nothing.
    """
    if not _THREADS.is_dir():
        return None
    child = _fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    return _threads()


def copy_process(work: Callable[[], None]) -> int:
    """Let a copy of this process do some work and end; return its id. It heeds SIGTERM, and ignores Ctrl+C.

    Raises OSError where the system has no room for another process.
    """
    sys.stdout.flush()  # or the copy would print it again
    sys.stderr.flush()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    try:
        process = _fork()
    except OSError:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        raise
    if process:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return process
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        work()
        code = 0
    except BaseException:
        logger.exception("A copy of the server's process cannot go on")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # what the process above has on its stack is not this one's to end


def let_go_of_sockets(kept: Collection[int]) -> None:
    """Let a copy hold none of the sockets of the process above, whose ports and connections it would keep open.

    Their descriptors stay taken, by a file that says nothing: what is left of their owners here may close them once
    more, and must not close another's. Standard streams are kept, which are sockets in some surroundings.
    """
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in [int(entry.name) for entry in _DESCRIPTORS.iterdir()]:
        if descriptor not in kept and descriptor not in _STANDARD_STREAMS and _is_socket(descriptor):
            os.dup2(nothing, descriptor, inheritable=False)


def _is_socket(descriptor: int) -> bool:
    try:
        return stat.S_ISSOCK(os.fstat(descriptor).st_mode)
    except OSError:  # that of the folder that was listed
        return False


def how_it_ended(status: int) -> str:
    """Say how a process ended, given what `waitpid` says of it."""
    code = os.waitstatus_to_exitcode(status)
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def _fork() -> int:
    with warnings.catch_warnings():
        # Python warns where there are threads: which of them matter is what this module is about.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()
