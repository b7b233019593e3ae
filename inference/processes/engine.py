"""An engine whose answers are computed by other processes, each of which does one thing at a time."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
from collections import deque
from collections.abc import Callable, Collection
from typing import Final

from inference.engines.engine import Columns
from inference.model import LoadedModel
from inference.outputs.answers import Answers
from inference.processes.child import answers_of, question
from inference.processes.fork_server import CannotFork, ForkServer, Process

logger = logging.getLogger(__name__)

_TRIES: Final = 2
"""A process may be killed for something that has nothing to do with what it computes."""
_LATER_SECONDS: Final = 0.2
"""So long after the deadline it is over for a process, too: its callers are to hear of the deadline first."""
_MOST_SECONDS: Final = 2_000_000
"""The system counts no more milliseconds than 32 bits hold."""


class ProcessLost(Exception):
    """A process ended while it computed, and so did the next one: what they were asked seems to be to blame."""


class TookTooLong(Exception):
    """A process was ended, for nobody waits any more for what it computes."""


class ProcessEngine:
    """Asks a process for each batch, one that has nothing to do, or a new one.

    As many are made as are needed at once; the caller decides how many batches that is. Where no process can be had,
    this one computes.
    """

    def __init__(self, model: LoadedModel, fork_server: ForkServer, place: int, count_lost: Callable[[], None]) -> None:
        """Ask for processes for the work at `place`, which is the model's engine.

        `count_lost` is called for each process that ended, or was ended, before its time, by the thread that asks.
        """
        self._model = model
        self._fork_server = fork_server
        self._place = place
        self._count_lost = count_lost
        self._idle: deque[Process] = deque()
        self._closed = False

    def ask(self, columns: Columns, count: int, methods: Collection[str]) -> Answers:
        """Answer `count` rows by these methods.

        Raises RaisedElsewhere for what the model raises, ProcessLost, and TookTooLong where no answer came within the
        time that all calls of the model have.
        """
        asked = question(columns, count, methods)
        for _ in range(_TRIES):
            try:
                process = self._take()
            except CannotFork:
                if self._closed:
                    break
                logger.exception("%s: no process can be had, so the server's own computes a batch", self._model.title)
                return self._model.engine.ask(columns, count, methods)
            try:
                answer = self._answer(process, asked)
            except (EOFError, OSError):
                self._lose(process)
                self._let_go()
            else:
                self._idle.append(process)
                return answers_of(answer)
        raise ProcessLost(f"The process that computed {count} rows ended, and so did the one that tried it again.")

    def close(self) -> None:
        """Ask no process any more; those that have nothing to do end."""
        self._closed = True
        self._let_go()

    def _take(self) -> Process:
        try:
            return self._idle.pop()  # the one that was busy last: its memory is warm
        except IndexError:
            return self._fork_server.fork(self._place)

    def _answer(self, process: Process, asked: bytes) -> bytes:
        process.channel.send_bytes(asked)
        seconds = min(self._model.serving.limits.deadline_seconds, _MOST_SECONDS)
        if not process.channel.poll(seconds + _LATER_SECONDS):
            os.kill(process.id, signal.SIGKILL)  # it is there: its end of the channel is
            self._lose(process)
            raise TookTooLong(f"There was no answer within the {seconds:g} s that a call has.")
        return process.channel.recv_bytes()

    def _let_go(self) -> None:
        """Let those go that have nothing to do: whatever ended one may have ended them, too."""
        with contextlib.suppress(IndexError):
            while True:
                process = self._idle.pop()
                if process.channel.poll():  # nothing was asked, so what there is to read is its end
                    self._lose(process)
                else:
                    process.channel.close()

    def _lose(self, process: Process) -> None:
        process.channel.close()
        if not self._closed:
            self._count_lost()
