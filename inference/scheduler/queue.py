"""The queue of one model: calls wait here while it works, and meet in the next model call.

The next batch is cut when the model is free, never while it works, so batches grow with the load. Nothing waits on
purpose: calls that arrive in the same turn of the event loop meet because the batch is cut at the turn's end.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Executor

from inference.errors import ModelUnavailable
from inference.model import LoadedModel
from inference.scheduler import batch
from inference.scheduler.call import Call, CallResult
from inference.statistics.model_families import ReleaseReason
from inference.statistics.model_statistics import ModelStatistics

IN_PLACE_SECONDS = 0.0005
"""A model call that is expected to be quicker than this runs on the event loop: a thread would cost more."""

MOST_BATCH_ROWS = 8192
"""Calls join a batch until it has this many rows; a larger call is a batch of its own."""


class ModelQueue:
    """Calls to one model version. To be used from one event loop only."""

    def __init__(self, model: LoadedModel, threads: Executor, statistics: ModelStatistics) -> None:
        self.model = model
        self.statistics = statistics
        self._threads = threads
        self._waiting: deque[Call] = deque()
        self._waiting_rows = 0
        self._working = False

    def put(self, call: Call) -> None:
        """Let a call wait for the next batch. Its future gets the result, or the error of the whole batch."""
        self._waiting.append(call)
        self._count_waiting(call.count)
        if not self._working:
            self._working = True
            call.future.get_loop().call_soon(self._cut, call.future.get_loop(), ReleaseReason.IDLE)

    def _count_waiting(self, rows: int) -> None:
        self._waiting_rows += rows
        self.statistics.queued(self._waiting_rows, self._waiting[0].arrived if self._waiting else None)

    def _cut(self, loop: asyncio.AbstractEventLoop, reason: ReleaseReason = ReleaseReason.FREED) -> None:
        """Make the next batch of what waits and run it. Calls that were cancelled are dropped."""
        calls: list[Call] = []
        rows = 0
        while self._waiting and (not calls or rows + self._waiting[0].count <= MOST_BATCH_ROWS):
            call = self._waiting.popleft()
            self._count_waiting(-call.count)
            if not call.future.done():
                calls.append(call)
                rows += call.count
        if calls:
            full = ReleaseReason.FULL if self._waiting else reason
            self.statistics.batch(rows, [call.arrived for call in calls], full)
        if not calls:
            self._working = False
        elif self.model.cost.seconds(rows) <= IN_PLACE_SECONDS:
            self._run_here(calls)
            loop.call_soon(self._cut, loop)
        else:
            self._run_in_thread(calls, loop)

    def _run_here(self, calls: list[Call]) -> None:
        try:
            _hand_out(calls, batch.run(self.model, calls))
        except Exception as error:  # noqa: BLE001  # whatever it is, the callers must hear of it
            _fail(calls, error)

    def _run_in_thread(self, calls: list[Call], loop: asyncio.AbstractEventLoop) -> None:
        try:
            running = loop.run_in_executor(self._threads, batch.run, self.model, calls)
        except RuntimeError:  # the threads have ended
            _fail(calls, _stopping())
            loop.call_soon(self._cut, loop)
        else:
            running.add_done_callback(lambda done: self._done(done, calls, loop))

    def _done(self, done: asyncio.Future[list[CallResult]], calls: list[Call], loop: asyncio.AbstractEventLoop) -> None:
        error = None if done.cancelled() else done.exception()
        if error is None and not done.cancelled():
            _hand_out(calls, done.result())
        else:
            _fail(calls, error or _stopping())
        self._cut(loop)


def _stopping() -> ModelUnavailable:
    return ModelUnavailable("The server is stopping.")


def _hand_out(calls: list[Call], results: list[CallResult]) -> None:
    for call, result in zip(calls, results, strict=True):
        if not call.future.done():
            call.future.set_result(result)


def _fail(calls: list[Call], error: BaseException) -> None:
    for call in calls:
        if not call.future.done():
            call.future.set_exception(error)
