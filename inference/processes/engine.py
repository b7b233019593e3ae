"""An engine whose answers are computed by other processes, each of which does one thing at a time."""

from __future__ import annotations

import contextlib
import logging
from collections import deque
from collections.abc import Collection
from multiprocessing.connection import Connection
from typing import Final

from inference.engines.engine import Columns, Engine
from inference.outputs.answers import Answers
from inference.processes.child import answers_of, question
from inference.processes.fork_server import CannotFork, ForkServer

logger = logging.getLogger(__name__)

_TRIES: Final = 2
"""A process may be killed for something that has nothing to do with what it computes."""


class ProcessLost(Exception):
    """A process ended while it computed, and so did the next one: what they were asked seems to be to blame."""


class ProcessEngine:
    """Asks a process for each batch, one that has nothing to do, or a new one.

    As many are made as are needed at once; the caller decides how many batches that is. Where no process can be had,
    this one computes.
    """

    def __init__(self, title: str, here: Engine, fork_server: ForkServer, place: int) -> None:
        """Ask for processes for the work at `place`. `here` is the same engine in this process."""
        self._title = title
        self._here = here
        self._fork_server = fork_server
        self._place = place
        self._idle: deque[Connection] = deque()
        self._closed = False

    def ask(self, columns: Columns, count: int, methods: Collection[str]) -> Answers:
        """Answer `count` rows by these methods. Raises RaisedElsewhere for what the model raises, and ProcessLost."""
        asked = question(columns, count, methods)
        for _ in range(_TRIES):
            try:
                channel = self._take()
            except CannotFork:
                if self._closed:
                    break
                logger.exception("%s: no process can be had, so a batch is computed by the server's own", self._title)
                return self._here.ask(columns, count, methods)
            try:
                channel.send_bytes(asked)
                answer = channel.recv_bytes()
            except (EOFError, OSError):
                channel.close()
                self._let_go()
            else:
                self._idle.append(channel)
                return answers_of(answer)
        raise ProcessLost(f"The process that computed {count} rows ended, and so did the one that tried it again.")

    def close(self) -> None:
        """Ask no process any more; those that have nothing to do end."""
        self._closed = True
        self._let_go()

    def _take(self) -> Connection:
        try:
            return self._idle.pop()  # the one that was busy last: its memory is warm
        except IndexError:
            return self._fork_server.fork(self._place)

    def _let_go(self) -> None:
        """Let those go that have nothing to do: whatever ended one may have ended them, too."""
        with contextlib.suppress(IndexError):
            while True:
                self._idle.pop().close()
