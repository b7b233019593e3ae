"""An engine whose answers are computed by other processes, each of which does one thing at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from functools import partial
from typing import Final

from inference.engines.engine import Columns
from inference.model import LoadedModel
from inference.outputs.answers import Answers
from inference.processes.child import answers_of, question
from inference.processes.fork_server import CannotFork, ForkServer
from inference.processes.lines import Lines, TookTooLong

logger = logging.getLogger(__name__)

_LATER_SECONDS: Final = 0.2
"""So long after the deadline it is over for a process, too: its callers are to hear of the deadline first."""


class ProcessLost(Exception):
    """A process ended while it computed, and so did the next one: what they were asked seems to be to blame."""


class ProcessEngine:
    """Asks a process for each batch: one that has nothing to do, or a new one, or one that will be done soon.

    As many are made as are needed at once; the caller decides how many batches that is, and may ask for one batch more
    when one of them is nearly done. Where no process can be had, or a batch has too few rows to be worth sending, this
    one computes. After rows that ended two processes, or hung, nothing is computed here any more where it can be sent:
    they might do so to this one.
    """

    def __init__(self, model: LoadedModel, fork_server: ForkServer, place: int, count_lost: Callable[[], None]) -> None:
        """Ask for processes for the work at `place`, which is the model's engine.

        `count_lost` is called for each process that ended, or was ended, before its time, by the thread that asks.
        """
        self._model = model
        self._fewest_rows = model.serving.execution.fewest_rows
        self._lines = Lines(model.serving.execution.count, partial(fork_server.fork, place), count_lost)

    def ask(self, columns: Columns, count: int, methods: Collection[str]) -> Answers:
        """Answer `count` rows by these methods.

        Raises RaisedElsewhere for what the model raises, ProcessLost, and TookTooLong where no answer came within the
        time that all calls of the model have.
        """
        if count < self._fewest_rows:
            return self._model.engine.ask(columns, count, methods)
        asked = question(columns, count, methods)
        seconds = self._model.serving.limits.deadline_seconds + _LATER_SECONDS
        # A process may be killed for what has nothing to do with what it computes, so another is asked: alone, since
        # what ends that one, too, must not be what others have asked.
        for alone in (False, True):
            try:
                line = self._lines.take(alone=alone)
            except CannotFork:
                if self._lines.is_closed:
                    break
                logger.exception("%s: no process can be had, so the server's own computes a batch", self._model.title)
                return self._model.engine.ask(columns, count, methods)
            try:
                return answers_of(self._lines.ask(line, asked, seconds))
            except (EOFError, OSError):
                self._lines.let_idle_go()
            except TookTooLong:
                self._fewest_rows = 1
                raise
        self._fewest_rows = 1
        raise ProcessLost(f"The process that computed {count} rows ended, and so did the one that tried it again.")

    def close(self) -> None:
        """Ask no process any more; those that have nothing to do end."""
        self._lines.close()
