"""How a worker comes to life: as a copy of this process with its loaded models, or as a process that loads its own.

A copy shares the memory of all models with its siblings, whatever their format, and is there within milliseconds. But
threads are not copied: where one that a model started holds a lock or a part of the work, its copy waits for ever. So a
process is copied only if loading the models left no thread behind.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import signal
import socket
import sys
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from server.workers.orders import Job

logger = logging.getLogger(__name__)

_THREADS: Final = Path("/proc/self/task")
_WITH_A_THREAD: Final = ("onnxruntime",)
"""Libraries that formats import and that start a thread for themselves then. Copies do well without it."""
SETTINGS_VARIABLE: Final = "PREDICTQL_WORKER"
"""Holds the settings of a worker that is a process of its own, as JSON."""
_SETTLE_SECONDS: Final = 2.0


class Threads:
    """Which threads there were before the models were loaded."""

    def __init__(self) -> None:
        for name in _WITH_A_THREAD:
            if importlib.util.find_spec(name):
                importlib.import_module(name)
        self._before = _lasting_threads()

    def are_as_before(self) -> bool:
        """Tell whether the models left no thread behind; those of a pool that is closed take a moment to end."""
        if self._before is None:
            return False
        end = time.monotonic() + _SETTLE_SECONDS
        while not (now := _lasting_threads() or frozenset()) <= self._before and time.monotonic() < end:
            time.sleep(0.05)
        return now <= self._before


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
    return frozenset(thread.name for thread in _THREADS.iterdir())


def copy_process(work: Callable[[socket.socket], None], channel: socket.socket, others: Iterable[socket.socket]) -> int:
    """Start a worker as a copy of this process and return its id. `others` are sockets that the copy must not hold."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    process = _fork()
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
        for other in others:
            other.close()
        work(channel)
        code = 0
    except BaseException:
        logger.exception("A worker cannot go on")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # what the process above has on its stack is not this one's to end


def start_process(job: Job, channel: socket.socket) -> int:
    """Start a worker as a process of its own, which loads the models again, and return its id."""
    descriptors = (channel.fileno(), job.listener.fileno())
    program = f"from server.workers.apart import main; main{(*descriptors, str(job.metrics_dir))}"
    for descriptor in descriptors:
        os.set_inheritable(descriptor, True)  # noqa: FBT003  # its parameter has no name
    environ = os.environ | {SETTINGS_VARIABLE: job.settings.model_dump_json()}
    process = os.posix_spawn(sys.executable, [sys.executable, "-c", program], environ)
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)  # noqa: FBT003  # same
    return process


def _fork() -> int:
    with warnings.catch_warnings():
        # Python warns where there are threads: which of them matter is what this module is about.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()
