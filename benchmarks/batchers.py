"""Ways to answer many callers with one model: this project's, and those of other servers.

All of them call the same engine and make the same outputs. The other two are written for this comparison: each is the
idea alone, without checks, deadlines and statistics, which this project's way has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

from benchmarks.subject import Subject
from inference.engines.engine import Columns
from inference.info import Limits
from inference.loader import Models
from inference.outputs.output import Column, OutputRequest
from inference.predictions import PredictRequest
from inference.service import InferenceService

TIMER_ROWS: Final = 64
TIMER_SECONDS: Final = 0.005
"""What servers with timers propose: a batch is cut when it has so many rows, or its first caller waited for so long."""

AMPLE: Final = Limits(max_rows=10_000, deadline_seconds=600, max_queued_rows=10_000_000)
"""Nobody is refused, and no deadline passes."""

Answer = Mapping[OutputRequest, Column]


class Way(Protocol):
    """A way to answer callers."""

    async def answer(self, columns: Columns, count: int) -> Answer:
        """Return what the model answers to a caller's rows. Raises RequestError."""

    def close(self) -> None:
        """End its threads."""


class Ours:
    """The inference service: a batch is cut when the model is free."""

    def __init__(self, subject: Subject, limits: Limits = AMPLE) -> None:
        self._model = subject.limited(limits)
        self._service = InferenceService(Models((self._model,), ()), threads=1)
        self._outputs = tuple(subject.right)

    async def answer(self, columns: Columns, count: int) -> Answer:
        """Ask the service."""
        request = PredictRequest(self._model.info.name, None, columns, count, self._outputs)
        return (await self._service.predict(request)).columns

    def close(self) -> None:
        """End its threads."""
        self._service.close()


class Timer:
    """A batch is cut when it is large enough or its first caller has waited for long enough, free model or not."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._thread = ThreadPoolExecutor(1)
        self._waiting: list[tuple[Columns, int, asyncio.Future[Answer]]] = []
        self._rows = 0
        self._timer: asyncio.TimerHandle | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def answer(self, columns: Columns, count: int) -> Answer:
        """Wait for the batch, and for its turn in the thread."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((columns, count, future))
        self._rows += count
        if self._rows >= TIMER_ROWS:
            self._cut()
        elif self._timer is None:
            self._timer = loop.call_later(TIMER_SECONDS, self._cut)
        return await future

    def _cut(self) -> None:
        if self._timer:
            self._timer.cancel()
        batch, self._waiting, self._rows, self._timer = self._waiting, [], 0, None
        task = asyncio.ensure_future(self._run(batch))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, batch: list[tuple[Columns, int, asyncio.Future[Answer]]]) -> None:
        features = zip(*(columns for columns, _, _ in batch), strict=True)
        joined = [[value for values in feature for value in values] for feature in features]
        rows = sum(count for _, count, _ in batch)
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self._thread, self._subject.answer, joined, rows)
        start = 0
        for _, count, future in batch:
            future.set_result({request: column[start : start + count] for request, column in answer.items()})
            start += count

    def close(self) -> None:
        """End its thread."""
        self._thread.shutdown()


class Loop:
    """One model call for each caller, in a thread, as a handler by hand does it."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._thread = ThreadPoolExecutor(1)

    async def answer(self, columns: Columns, count: int) -> Answer:
        """Wait for a turn in the thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._subject.answer, columns, count)

    def close(self) -> None:
        """End its thread."""
        self._thread.shutdown()
