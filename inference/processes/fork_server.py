"""A process that does nothing but fork others, one for each that is asked for.

A process with threads must not be forked, and a server has threads as soon as it serves. So it makes one copy of itself
before, which stays as it is: it holds the models, has no threads, and makes a copy of itself whenever a model needs a
process, the first or one for another that was killed.

Nobody is left behind, however the server ends: its end closes the channel, the fork server ends with that, and the
kernel ends all that it made.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import selectors
import signal
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Final

from inference.engines.engine import Engine
from inference.processes.child import ORDER, answer_for, live_no_longer_than
from inference.processes.copying import copy_process, how_it_ended, let_go_of_sockets

logger = logging.getLogger(__name__)

_LAST_SECONDS: Final = 0.5
"""How long processes have to end by themselves when the server has."""
_TICK_SECONDS: Final = 0.01


class CannotFork(Exception):
    """There is no other process to be had: the system has no room, or the fork server was ended."""


@dataclass(frozen=True, slots=True)
class Work:
    """What processes may be asked for."""

    title: str
    """What the log calls the model."""
    engine: Engine
    processors: int
    """How many the libraries of numbers may use in each process."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process that answers for a model."""

    channel: Connection
    id: int


class ForkServer:
    """Makes processes that answer for models. Is to be made before this process has threads of its own."""

    def __init__(self, works: Sequence[Work]) -> None:
        """Start it. Raises OSError where the system has no room for another process."""
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = copy_process(lambda: _Forking(works, theirs).run())

    def fork(self, place: int) -> Process:
        """Make a process for the work at this place, and return it when it is ready.

        May be called from any thread. Raises CannotFork.
        """
        ours, theirs = socket.socketpair()
        channel = Connection(ours.detach())
        try:
            with theirs:
                socket.send_fds(self._channel, [place.to_bytes(4, ORDER)], [theirs.fileno()])
            return Process(channel, int.from_bytes(channel.recv_bytes(), ORDER))
        except (EOFError, OSError) as error:
            channel.close()
            raise CannotFork from error

    def close(self) -> None:
        """End all processes, whatever they do, and the fork server."""
        with contextlib.suppress(OSError):
            self._channel.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._process, 0)
        self._channel.close()


class _Forking:
    """What the fork server does."""

    def __init__(self, works: Sequence[Work], channel: socket.socket) -> None:
        self._works = works
        self._channel = channel
        self._processes: dict[int, Work] = {}

    def run(self) -> None:
        """Make processes until the server has ended."""
        let_go_of_sockets({self._channel.fileno()})
        gc.freeze()  # so that nothing looks through what is shared, and copies it by that
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a group's is for the server, which ends all when it has drained
        woken, waker = socket.socketpair()
        waker.setblocking(False)  # noqa: FBT003  # its parameter has no name
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        with selectors.DefaultSelector() as selector:
            selector.register(self._channel, selectors.EVENT_READ, self._take_order)
            selector.register(woken, selectors.EVENT_READ, lambda: bool(woken.recv(4096)))
            while all(key.data() for key, _ in selector.select()):
                self._bury()
        self._wait()

    def _take_order(self) -> bool:
        """Make the process that is asked for; tell whether there will be other orders."""
        order, descriptors, _, _ = socket.recv_fds(self._channel, 4, 1)
        if not order:
            return False
        with Connection(descriptors[0]) as channel:
            work, parent = self._works[int.from_bytes(order, ORDER)], os.getpid()

            def answer() -> None:
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                live_no_longer_than(parent, f"predict {work.title}")
                self._channel.close()
                answer_for(work.engine, channel, work.processors)

            try:
                self._processes[copy_process(answer)] = work
            except OSError:
                logger.exception("%s: no process can be made", work.title)
        return True

    def _bury(self) -> None:
        """Take note of processes that have ended."""
        while self._processes:
            process, status = os.waitpid(-1, os.WNOHANG)
            if not process:
                return
            work = self._processes.pop(process)
            if status:
                logger.error("%s: its process %d %s.", work.title, process, how_it_ended(status))

    def _wait(self) -> None:
        """Let processes end by themselves for a moment; the kernel ends the others with this one."""
        end = time.monotonic() + _LAST_SECONDS
        while self._processes and time.monotonic() < end:
            time.sleep(_TICK_SECONDS)
            self._bury()
