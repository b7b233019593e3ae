"""Runs a batch: one model call for the rows of many callers. Where it raises, the rows to blame are searched.

The rows are halved until those that make the model raise are alone, so only their owners see an error. The search is
done in turns, each bounded in model calls and in time: what is left comes back, to be gone on with after others had
their turn.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

import numpy as np

from inference.model import LoadedModel
from inference.scheduler.call import Part
from inference.scheduler.scatter import Answered, by_wish, scattered, without_answer
from inference.stacking import joined

logger = logging.getLogger(__name__)

MOST_FAILING_CALLS = 32
"""How many model calls may raise in one turn of a search."""

MOST_LONE_FAILURES = 1000
"""How many model calls made for rows of one caller alone may raise before its other rows are given up. Calls with rows
of several callers count for none of them, so that nobody's rows are given up for another's."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How much of a search may be done in one turn."""

    failing_calls: int = MOST_FAILING_CALLS
    seconds: float = 0.05
    """No new model call is begun after this time."""


AT_ONCE: Final = Patience(failing_calls=1)
"""On the event loop, nothing is searched: what raises is left for a thread."""
IN_TURNS: Final = Patience()


@dataclass(slots=True, eq=False)
class Batch:
    """What runs now."""

    groups: list[list[Part]]
    rows: int
    searching: bool
    """It is what an earlier batch left that raised."""
    began: float
    """On the clock of ModelStatistics."""
    ends_at: float
    """When it is expected to be done, in the event loop's time."""


@dataclass(slots=True)
class Outcome:
    """What came of a batch."""

    answered: list[Answered] = field(default_factory=list)
    """Every part that is settled, with its answers or its errors. They may be smaller parts than those of the batch."""
    untried: list[list[Part]] = field(default_factory=list)
    """Groups of parts whose rows are neither answered nor found to blame: each is a batch to be tried."""
    rows: int = 0
    """How many rows the model answered for."""
    calls: int = 0
    """How many model calls were made, and how many of them raised."""
    failing_calls: int = 0
    seconds: float = 0.0
    """How long the batch took altogether."""

    @property
    def teaches(self) -> bool:
        """Whether its time says what a call of so many rows costs."""
        return self.rows > 0 and not self.failing_calls


def run(model: LoadedModel, groups: Sequence[list[Part]], patience: Patience, *, searching: bool = False) -> Outcome:
    """Answer all parts of each group with one model call, made for every method that any of them wants.

    Where it raises, halve the group and go on, as far as patience lasts. `searching` says that the groups are what an
    earlier turn left, and stand in the log already.
    """
    outcome = Outcome()
    start = time.perf_counter()
    outcome.untried = list(reversed(groups))  # a stack: the first group is on top
    while outcome.untried:
        outcome.seconds = time.perf_counter() - start
        if outcome.failing_calls >= patience.failing_calls or outcome.seconds > patience.seconds:
            break
        parts = [part for part in outcome.untried.pop() if part.call.done is not None]
        if parts:
            _try(model, by_wish(parts), outcome, log=not searching and not outcome.failing_calls)
    outcome.untried.reverse()
    outcome.seconds = time.perf_counter() - start
    return outcome


def _try(model: LoadedModel, parts: list[Part], outcome: Outcome, *, log: bool) -> None:
    first = parts[0].call.wish.methods
    methods = first.union(*(part.call.wish.methods for part in parts)) if len(parts) > 1 else first
    rows = sum(part.rows for part in parts)
    outcome.calls += 1
    try:
        answers = model.ask(_joined(parts), rows, methods)
    except Exception:
        if log:
            logger.exception("%s raised on a batch of %d rows", model.title, rows)
        outcome.failing_calls += 1
        _blame_or_halve(parts, rows, outcome)
    else:
        outcome.rows += rows
        outcome.answered += scattered(model.title, answers, parts)


def _joined(parts: Sequence[Part]) -> Sequence[Sequence[Any]]:
    """Put the parts' columns behind each other."""
    if len(parts) == 1:
        return parts[0].columns
    return [_one_column(together) for together in zip(*(part.columns for part in parts), strict=True)]


def _one_column(columns: Sequence[Any]) -> Any:
    """Put columns behind each other; those of vectors and of many floats are arrays of floats."""
    arrays = [column for column in columns if isinstance(column, np.ndarray)]
    if len(arrays) == len(columns):
        return joined(arrays)
    if arrays:
        return np.concatenate(columns)
    return list(chain.from_iterable(columns))


def _blame_or_halve(parts: list[Part], rows: int, outcome: Outcome) -> None:
    call = parts[0].call
    alone = all(part.call is call for part in parts)
    call.lone_failures += alone
    if rows == 1:
        sentence = "The model raised an error on this row; the server's log has it."
        outcome.answered.append((parts[0], without_answer(call.wish, 1, sentence)))
    elif alone and call.lone_failures >= MOST_LONE_FAILURES:
        sentence = f"The model raised an error {MOST_LONE_FAILURES} times on rows of this call; this one was given up."
        outcome.answered += [(part, without_answer(call.wish, part.rows, sentence)) for part in parts]
    else:
        left, right = _halves(parts, rows // 2)
        outcome.untried += (right, left)


def _halves(parts: Sequence[Part], first: int) -> tuple[list[Part], list[Part]]:
    """Return the first so many rows of some parts, and the others."""
    left: list[Part] = []
    right: list[Part] = []
    for part in parts:
        here = min(part.rows, first)
        first -= here
        if here == part.rows:
            left.append(part)
        elif here == 0:
            right.append(part)
        else:
            one, other = part.split(here)
            left.append(one)
            right.append(other)
    return left, right
