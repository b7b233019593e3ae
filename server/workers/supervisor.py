"""The process above the workers: starts them, replaces those that die, and stops all. It answers no request itself."""

from __future__ import annotations

import logging
import os
import selectors
import signal
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from inference.processes.copying import how_it_ended
from server.workers.orders import CLOSE, DRAIN, READY

logger = logging.getLogger(__name__)

_STOPS: Final = {signal.SIGTERM: DRAIN, signal.SIGINT: CLOSE}
_MOST_DEATHS: Final = 10
_DEATHS_SECONDS: Final = 60.0
"""Where more workers than this die within this time, to start others does not help."""

Birth = Callable[[socket.socket, Iterable[socket.socket]], int]
"""Starts a worker, given its end of a pair of sockets and the sockets that it must not hold; returns its process id."""


class WorkersFailed(Exception):
    """Workers die, and new ones would, too."""


@dataclass(slots=True, eq=False)
class _Worker:
    process: int
    channel: socket.socket
    ready: bool = False


class Supervisor:
    """Keeps a number of workers at work."""

    def __init__(self, count: int, birth: Birth, announce: Callable[[], None], patience: float) -> None:
        """`announce` is called when all are ready. Workers who take more than `patience` seconds to stop are killed."""
        self._count = count
        self._birth = birth
        self._announce = announce
        self._patience = patience
        self._workers: list[_Worker] = []
        self._deaths: deque[float] = deque()
        self._announced = False
        self._failure: str | None = None
        self._kill_at: float | None = None
        self._selector = selectors.DefaultSelector()
        self._woken, self._waker = socket.socketpair()

    def run(self) -> None:
        """Return when all workers have ended because they were told to. Raises WorkersFailed."""
        self._listen_for_signals()
        try:
            while len(self._workers) < self._count:
                self._add()
            while self._workers:
                self._wait()
                self._bury()
        finally:
            for worker in self._workers:
                os.kill(worker.process, signal.SIGKILL)
            self._close()
        if self._failure:
            raise WorkersFailed(self._failure)

    def _listen_for_signals(self) -> None:
        self._woken.setblocking(False)  # noqa: FBT003  # its parameter has no name
        self._waker.setblocking(False)  # noqa: FBT003  # its parameter has no name
        signal.set_wakeup_fd(self._waker.fileno())
        self._selector.register(self._woken, selectors.EVENT_READ)
        for number in _STOPS:
            signal.signal(number, self._signalled)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # it wakes the loop, which looks for itself

    def _signalled(self, number: int, _frame: object) -> None:
        if self._kill_at is not None:
            for worker in self._workers:
                os.kill(worker.process, signal.SIGKILL)
            os._exit(128 + number)
        self._stop(_STOPS[signal.Signals(number)])

    def _stop(self, order: bytes) -> None:
        self._kill_at = time.monotonic() + self._patience
        for worker in self._workers:
            if worker.ready:
                _tell(worker, order)
            else:
                os.kill(worker.process, signal.SIGKILL)

    def _add(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            others = [ours, self._woken, self._waker, *(worker.channel for worker in self._workers)]
            worker = _Worker(self._birth(theirs, others), ours)
        self._workers.append(worker)
        self._selector.register(ours, selectors.EVENT_READ, worker)

    def _wait(self) -> None:
        left = None if self._kill_at is None else self._kill_at - time.monotonic()
        if left is not None and left < 0:
            logger.warning("Workers that do not stop are killed.")
            for worker in self._workers:
                os.kill(worker.process, signal.SIGKILL)
            left = None
        for key, _ in self._selector.select(left):
            said = _heard(key.fileobj)
            if key.data is not None and not said:
                self._selector.unregister(key.fileobj)  # it ends
            elif key.data is not None and said == READY:
                self._welcome(key.data)

    def _welcome(self, worker: _Worker) -> None:
        worker.ready = True
        if self._kill_at is not None:
            _tell(worker, CLOSE)
        elif not self._announced and all(worker.ready for worker in self._workers):
            self._announced = True
            self._announce()

    def _bury(self) -> None:
        """Take note of workers that have ended, and start others in their places."""
        for worker in list(self._workers):
            process, status = os.waitpid(worker.process, os.WNOHANG)
            if process:
                self._workers.remove(worker)
                if worker.channel in self._selector.get_map():
                    self._selector.unregister(worker.channel)
                worker.channel.close()
                if self._kill_at is None:
                    self._replace(worker, how_it_ended(status))

    def _replace(self, worker: _Worker, how: str) -> None:
        now = time.monotonic()
        self._deaths.append(now)
        while self._deaths[0] < now - _DEATHS_SECONDS:
            self._deaths.popleft()
        if not worker.ready:
            self._fail(f"A worker {how} before it could answer; its log says why.")
        elif len(self._deaths) > _MOST_DEATHS:
            self._fail(f"{len(self._deaths)} workers died within {_DEATHS_SECONDS:.0f} s, and the last {how}.")
        else:
            logger.error("Worker %d %s. Another takes its place.", worker.process, how)
            self._add()

    def _fail(self, why: str) -> None:
        self._failure = why
        self._stop(CLOSE)

    def _close(self) -> None:
        signal.set_wakeup_fd(-1)
        self._selector.close()
        self._woken.close()
        self._waker.close()


def _tell(worker: _Worker, order: bytes) -> None:
    try:
        worker.channel.sendall(order)
    except OSError:
        logger.debug("Worker %d ended before it was told to", worker.process)


def _heard(speaker: object) -> bytes:
    assert isinstance(speaker, socket.socket)  # noqa: S101  # only sockets are registered
    try:
        return speaker.recv(4096)
    except OSError:
        return b""
