"""The queue of one model version: calls wait here while it works, and meet in its next batch.

A batch is cut when the model is free, so batches grow with the load; only a whole one is cut shortly before. Nothing
waits on purpose: calls that arrive in the same turn of the event loop meet because the batch is cut at the turn's end.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Final

from inference.engines.engine import Engine
from inference.errors import DeadlineExceeded, PredictionFailed, RequestError
from inference.model import LoadedModel
from inference.scheduler.admission import Admission, Load, is_crowded, stopping, time_to_allow
from inference.scheduler.batch import AT_ONCE, IN_TURNS, Batch, Outcome, run
from inference.scheduler.batch_size import most_batch_rows
from inference.scheduler.call import Call, Done, Part
from inference.scheduler.coming import Coming
from inference.scheduler.deadlines import Deadlines
from inference.scheduler.due import Due
from inference.scheduler.lateness import Lateness
from inference.scheduler.learned_cost import LearnedCost
from inference.scheduler.placement import Placement
from inference.scheduler.running import Running
from inference.scheduler.threads import ModelThreads
from inference.scheduler.turns import Turns
from inference.scheduler.wish import Wish, wishes_of
from inference.statistics.model_families import ReleaseReason
from inference.statistics.model_statistics import ModelStatistics

logger = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 0.005


class ModelQueue:
    """Calls to one model version. To be used from one event loop at a time; another one starts it anew."""

    def __init__(
        self, model: LoadedModel, statistics: ModelStatistics, lateness: Lateness, threads: ModelThreads
    ) -> None:
        self.model = model
        self._off_the_loop = model
        self.statistics = statistics
        self.wish = wishes_of(model)
        self.cost = LearnedCost(model.cost)
        self.limits = model.serving.limits
        self.admission = Admission(self.limits, threads.most)
        self._placement = Placement(model.cost)
        self._threads = threads
        self._lateness = lateness
        self.due = Due(lateness, self._cut)
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def _adopt(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start anew on an event loop; of another one, nobody is left who waits."""
        self._loop = loop
        self._turns = Turns()
        self._oldest: float | None = None
        self._left: list[list[Part]] = []
        self._search_next = False
        self.running = Running(loop, self._threads.most, self._make_ready)
        self.due = Due(self._lateness, self._cut)
        self._coming = Coming()
        self._deadlines = Deadlines(loop, self._expire)

    def submit(self, columns: Sequence[Sequence[Any]], count: int, wish: Wish, done: Done) -> Call:
        """Let rows wait for their batch. `columns` has one per feature.

        They have been let in, by `let_in` or `room`, in this very turn of the event loop, so that nobody came between.
        `done` is told what the model answers, or DeadlineExceeded, ModelUnavailable after closing, or PredictionFailed
        where no answer can be made of a batch; never before this has returned.
        """
        loop = asyncio.get_running_loop()
        deadline, arrived = loop.time() + self.limits.deadline_seconds, self.statistics.clock()
        call = Call(columns, count, wish, done, deadline, arrived)
        self._turns.add(call)
        self._deadlines.add(call)
        self._note_waiting(arrived if len(self._turns) == 1 else self._oldest)
        self._wake(loop, ReleaseReason.IDLE, arrived)
        return call

    def let_in(self, count: int) -> None:
        """Check that a call of so many rows has room now. Raises Overloaded, and ModelUnavailable after closing."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._adopt(loop)
        if self._closed:
            raise stopping()
        now = self.statistics.clock()
        self.look(now)
        calls, rows = len(self._turns), self._turns.rows
        is_working = bool(self.running or self._left or self._coming)
        if not rows and not is_working:
            return
        if is_working or not self.admission.has_room(calls, rows + count, self._lateness.expected(now), now):
            self.admission.check(count, self._load(loop.time()), self.cost.now, now)

    def look(self, now: float) -> None:
        """See to what is due or done. To be called where calls come, thousands of which may in one turn of the loop."""
        self._threads.look(self._loop, now)
        self.due.look(now)

    def is_crowded(self) -> bool:
        """Tell whether so much is coming, or waits for a batch that runs, that calls may be refused unread."""
        if self._loop is None or not (self._coming or (self.running and self._turns.rows)):
            return False
        return is_crowded(self._load(self._loop.time()), self.limits, self.cost.now)

    @contextmanager
    def room(self, count: int) -> Iterator[None]:
        """Keep room for a call that is not ready to wait in this turn of the event loop. Raises what `let_in` does."""
        self.let_in(count)
        with self._coming.one(count):
            yield
        if self._closed:
            raise stopping()

    def _load(self, now: float) -> Load:
        calls, rows, free_in, running = len(self._turns), self._turns.rows, 0.0, self.running
        if running:
            free_in, calls, rows = running.free_in(now), calls + running.ready_calls, rows + running.ready_rows
        elif self.due:
            free_in = self._lateness.expected(self.statistics.clock())
        if self._left or self._coming:
            calls += len(self._left) + len(self._coming)
            rows += _rows(self._left) + self._coming.rows
        return Load(calls, rows, free_in)

    def _note_waiting(self, oldest: float | None) -> None:
        self._oldest = oldest
        self.statistics.queued(self._turns.rows, oldest)

    def withdraw(self, call: Call) -> None:
        """Drop a call for which nobody waits. What runs of it is not stopped."""
        call.done = None
        self._drop(call)

    def _drop(self, call: Call) -> None:
        self._turns.withdraw(call)
        self._deadlines.remove(call)
        self._note_waiting(self._oldest if self._turns.rows else None)

    def _expire(self) -> None:
        """Tell callers whose deadline has passed, wherever their rows are."""
        expired = self._deadlines.passed()
        for call in expired:
            self._turns.withdraw(call)
            call.end(DeadlineExceeded(self.limits.deadline_seconds))
        if expired:
            self._note_waiting(self._turns.oldest())

    def _wake(self, loop: asyncio.AbstractEventLoop, reason: ReleaseReason, now: float) -> None:
        """See to it that a batch is cut, if the model is free."""
        if not self.running.is_full:
            self.due.begin(loop, reason, now)

    def _cut(self, loop: asyncio.AbstractEventLoop, reason: ReleaseReason = ReleaseReason.FREED) -> None:
        """Make the next batch of what waits, and run it."""
        self.due.end()
        self._expire()
        batch = None if self.running.is_full else self._next_batch(loop, reason)
        if batch is None:
            return
        if batch.searching or self.running or not self._placement.in_place(batch.rows):
            self._run_in_thread(batch, loop)
        else:
            self._run_in_place(batch)
        if self._turns.rows or self._left:
            self._wake(loop, ReleaseReason.FREED, self.statistics.clock())

    def _next_batch(self, loop: asyncio.AbstractEventLoop, reason: ReleaseReason) -> Batch | None:
        """Take what comes next: waiting calls, or what is left of batches that raised, in turn."""
        searching = bool(self._left) and (self._search_next or not self._turns.rows)
        if searching:
            groups, self._left = self._left, []
        elif self._turns.rows:
            if reason is ReleaseReason.FREED:
                self._drop_hopeless(loop.time())
            groups = [self._turns.take(self._most_rows())]
            self._note_waiting(self._turns.oldest())
            arrivals = [part.call.arrived for part in groups[0] if not part.start]
            self.statistics.batch(_rows(groups), arrivals, ReleaseReason.FULL if self._turns.rows else reason)
        else:
            return None
        self._search_next = not searching
        self.admission.learn(self.cost.now)
        rows = _rows(groups)
        return Batch(groups, rows, searching, self.statistics.clock(), loop.time() + self.cost.seconds(rows))

    def _most_rows(self) -> int:
        """Return how many rows the next batch may have."""
        few = None if self.running else self._placement.most_rows(self._turns.rows)
        if few is None or self._turns.most_rows_of_a_call() > few:
            return most_batch_rows(self.cost.now)
        return few

    def _drop_hopeless(self, now: float) -> None:
        """Compute nothing for calls that are likely to be late; they are told so when their deadlines pass.

        Where there are no others, it does no harm, and may show that a model is quicker than it seemed.
        """
        done = now + self.running.free_in(now) + time_to_allow(self._turns.rows, self.cost.now)
        hopeless = [call for call in self._deadlines.before(done) if call in self._turns]
        if len(hopeless) < len(self._turns):
            for call in hopeless:
                self._turns.withdraw(call)

    def _run_in_place(self, batch: Batch) -> None:
        self.admission.forget()
        try:
            outcome = run(self.model, batch.groups, AT_ONCE)
        except Exception as error:  # noqa: BLE001  # whatever it is, the callers must hear of it
            self._lose(batch, error)
            return
        if outcome.teaches:
            self._placement.took_in_place(outcome.rows, outcome.seconds)
        self._note(outcome, outcome.seconds)
        self._hand_out(outcome)

    def _make_ready(self) -> None:
        """Cut the next batch although none can run yet, if a whole one waits, and nothing is searched for."""
        if self._loop and not self._left and self._turns.rows >= self._most_rows():
            batch = self._next_batch(self._loop, ReleaseReason.FREED)
            if batch:
                self._run_in_thread(batch, self._loop)

    def _run_in_thread(self, batch: Batch, loop: asyncio.AbstractEventLoop) -> None:
        self.running.add(batch)
        work = partial(run, self._off_the_loop, batch.groups, IN_TURNS, searching=batch.searching)
        if not self._threads.run(loop, work, partial(self._done, batch, loop)):
            self._done(batch, loop, None, stopping())

    def _done(
        self, batch: Batch, loop: asyncio.AbstractEventLoop, outcome: Outcome | None, error: BaseException | None
    ) -> None:
        """Take what a thread brings, and go on with what waits."""
        if begun := self.running.done(batch):
            begun.began = self.statistics.clock()
        if outcome is None:
            self._lose(batch, error)
            self._cut(loop)
            return
        if outcome.teaches and not batch.searching:
            self._placement.took_in_thread(outcome.rows, outcome.seconds)
        self.statistics.retried(outcome.calls if batch.searching else outcome.calls - 1)
        # Until the event loop could take it: so long the next batch had to wait.
        self._note(outcome, self.statistics.clock() - batch.began)
        self._cut(loop)  # first, so that the model works while answers are written
        self._hand_out(outcome)

    def _note(self, outcome: Outcome, seconds: float) -> None:
        """Learn from a batch, and keep what is left of a search. `seconds` is how long the batch took in all."""
        if outcome.teaches:
            self.cost.observe(outcome.rows, seconds)
        self._left += outcome.untried

    def _hand_out(self, outcome: Outcome) -> None:
        """Tell callers their answers."""
        for part, result in outcome.answered:
            if part.call.accept(part.start, part.rows, result):
                self._deadlines.remove(part.call)

    def _lose(self, batch: Batch, error: BaseException | None) -> None:
        """Tell all callers of a batch that there will be no answer."""
        if not isinstance(error, RequestError):
            logger.error("%s: a batch of %d rows was lost", self.model.title, batch.rows, exc_info=error)
            error = PredictionFailed("The model's answer cannot be used; the server's log says why.")
        for call in {part.call: None for group in batch.groups for part in group}:
            self._drop(call)
            call.end(error)

    def compute_with(self, engine: Engine) -> None:
        """Let another engine, with the same answers, compute off the event loop; it may be given one batch ahead."""
        self._off_the_loop = replace(self.model, engine=engine)
        self._threads.begin_ahead()

    def let_none_in(self) -> None:
        """Refuse all calls that come from now on."""
        self._closed = True

    async def answered(self) -> None:
        """Wait until all calls that are there are answered, each by its deadline."""
        while self._loop is asyncio.get_running_loop() and self._deadlines.calls:  # noqa: ASYNC110  # an event would cost time at each answer
            await asyncio.sleep(_LOOK_SECONDS)

    def close(self) -> None:
        """End the threads. What still waits for one is refused."""
        self._threads.close()


def _rows(groups: Iterable[Iterable[Part]]) -> int:
    return sum(part.rows for group in groups for part in group)
