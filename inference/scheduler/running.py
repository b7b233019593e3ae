"""The batches of a model version that run, and one that is ready, so that the model need not wait for the event loop.

Between two batches the event loop takes what came of the first, cuts the second, and writes answers, and under load it
may be late with all of that: it has other requests to read. So where a whole batch waits in any case, it is cut shortly
before it can run, and the thread that is free first finds it there.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable
from typing import Final

from inference.scheduler.batch import Batch
from inference.scheduler.batch_size import BATCH_SECONDS
from inference.scheduler.learned_cost import EXACT

LEAD_SECONDS: Final = 0.01
"""How long before it can run, at the latest, a batch is made ready: longer than the event loop is busy as a rule.
Whoever comes in this time is not in that batch, so it is a small part of what a batch takes."""


class Running:
    """Batches in threads, `most` of them at once. All times are in seconds, on the event loop's clock."""

    def __init__(self, loop: AbstractEventLoop, most: int, make_ready: Callable[[], None]) -> None:
        """`make_ready` is called when the next batch should be made ready, and added if there is one."""
        self._loop = loop
        self._most = most
        self._make_ready = make_ready
        self._batches: dict[Batch, TimerHandle | None] = {}
        """Each with what tells that it is nearly done."""
        self._ready: Batch | None = None
        self._ready_seconds = 0.0

    def __len__(self) -> int:
        """Return how many run."""
        return len(self._batches)

    @property
    def is_full(self) -> bool:
        """Whether no other batch can run."""
        return len(self._batches) >= self._most

    @property
    def ready_calls(self) -> int:
        """How many calls are in the batch that is ready."""
        return sum(map(len, self._ready.groups)) if self._ready else 0

    @property
    def ready_rows(self) -> int:
        """How many rows are in the batch that is ready."""
        return self._ready.rows if self._ready else 0

    def free_in(self, now: float) -> float:
        """Return in how many seconds another batch can run."""
        if not self.is_full:
            return 0.0
        # One that should be done already is expected to take as much longer as it is late.
        return min(abs(batch.ends_at - now) for batch in self._batches)

    def add(self, batch: Batch) -> None:
        """Note that a batch runs, or, where no other can, that it is ready."""
        seconds = batch.ends_at - self._loop.time()
        if self.is_full:
            self._ready, self._ready_seconds = batch, seconds
        else:
            self._run(batch, seconds)

    def _run(self, batch: Batch, seconds: float) -> None:
        # What is expected may be off by so much before anything is learned of it.
        later = seconds - EXACT * min(seconds, BATCH_SECONDS) - LEAD_SECONDS
        self._batches[batch] = self._loop.call_later(later, self._one_is_nearly_done) if later > 0 else None

    def _one_is_nearly_done(self) -> None:
        if self.is_full and self._ready is None:
            self._make_ready()

    def done(self, batch: Batch) -> Batch | None:
        """Note that a batch is done. Return the one that was ready, which runs from now on."""
        if batch is self._ready:  # it could not even begin
            self._ready = None
            return None
        timer = self._batches.pop(batch)
        if timer:
            timer.cancel()
        begun, self._ready = self._ready, None
        if begun is not None:
            begun.ends_at = self._loop.time() + self._ready_seconds
            self._run(begun, self._ready_seconds)
        return begun
