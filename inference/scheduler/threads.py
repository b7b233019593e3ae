"""The threads of one model version. Each has its own, so that a slow model never takes those of another.

They are started when they are first needed. They are daemons: a model call that nobody waits for any more, for it took
longer than its deadline, does not keep the process from ending.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from asyncio import AbstractEventLoop
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Final, NamedTuple, TypeVar

from inference.processors import limit_openmp
from inference.scheduler.lateness import LONGEST_SECONDS

logger = logging.getLogger(__name__)

CLOSE_SECONDS: Final = 1.0
"""How long closing waits for work that is being done."""

Result = TypeVar("Result")
Done = Callable[[Result | None, BaseException | None], None]
"""Is called on the event loop, with a result or what was raised."""


class ModelThreads:
    """Does work off the event loop, one piece per thread. In each, OpenMP uses so many `processors`."""

    def __init__(self, most: int, name: str, processors: int = 1) -> None:
        self.most = most
        self._processors = processors
        self._name = name
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self.finished: deque[_Finished] = deque()
        """What the event loop has not taken yet. It is told, but may be busy with what it was told before."""
        self._closed = False
        self._ahead = 0

    def begin_ahead(self) -> None:
        """Begin one piece of work more than is done at once. To be called before any is done.

        It is for work that is mostly waiting for what others do, who take the one thing after the other.
        """
        self._ahead = 1

    def run(self, loop: AbstractEventLoop, work: Callable[[], Result], done: Done[Result]) -> bool:
        """Let a thread do some work and call `done` on the event loop. False if they are closed, and nothing is done.

        The caller sees to it that it asks for no more at once than there are threads.
        """
        if self._closed:
            return False
        if len(self._threads) < self.most + self._ahead:
            self._start_one()
        self._work.put(lambda: self._do(loop, work, done))
        return True

    def look(self, loop: AbstractEventLoop | None, now: float) -> None:
        """Take what has been finished for long, on `time.monotonic`: the event loop is busy with those who come.

        To take it at once would cost models that let the interpreter's lock go, and want it back, some percent of what
        they can do.
        """
        if self.finished and now - self.finished[0].at > LONGEST_SECONDS:
            self.take(loop)

    def take(self, loop: AbstractEventLoop | None) -> None:
        """Call `done` for what is finished, on the event loop that asked for it; on another one, nobody waits."""
        while self.finished:
            finished = self.finished.popleft()
            if finished.loop is loop:
                finished.done(finished.result, finished.error)

    def close(self) -> None:
        """Take no more work, and end the threads; one that is still busy after a moment ends with its work."""
        self._closed = True
        for _ in self._threads:
            self._work.put(None)
        end = time.monotonic() + CLOSE_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
            if thread.is_alive():
                logger.info("%s still works on calls that nobody waits for; leaving without it.", thread.name)

    def _start_one(self) -> None:
        name = f"predict-{self._name}-{len(self._threads)}"
        thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self) -> None:
        limit_openmp(self._processors)
        while (work := self._work.get()) is not None:
            work()

    def _do(self, loop: AbstractEventLoop, work: Callable[[], Any], done: Done[Any]) -> None:
        result, error = None, None
        try:
            result = work()
        except BaseException as raised:  # noqa: BLE001  # whatever it is, the event loop must hear of it
            error = raised
        self.finished.append(_Finished(time.monotonic(), loop, done, result, error))
        with contextlib.suppress(RuntimeError):  # the event loop is closed: nobody waits
            loop.call_soon_threadsafe(self.take, loop)


class _Finished(NamedTuple):
    """What became of work."""

    at: float
    loop: AbstractEventLoop
    done: Done[Any]
    result: Any
    error: BaseException | None
