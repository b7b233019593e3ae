"""The processes of all models of a server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Sequence

from inference.info import Place
from inference.processes.engine import ProcessEngine
from inference.processes.fork_server import ForkServer, Work
from inference.processors import processors_beside
from inference.scheduler.queue import ModelQueue
from inference.statistics.model_statistics import ModelStatistics

logger = logging.getLogger(__name__)


class ModelProcesses:
    """A fork server, and the engines that ask it for processes."""

    def __init__(self, fork_server: ForkServer, engines: Sequence[ProcessEngine]) -> None:
        self._fork_server = fork_server
        self._engines = engines

    def close(self) -> None:
        """End all of them, whatever they do."""
        for engine in self._engines:
            engine.close()
        self._fork_server.close()


def start_processes(queues: Iterable[ModelQueue], servers: int) -> ModelProcesses | None:
    """Let models compute in processes that are to; None where none is, or where there is no room for processes.

    So many `servers` share the machine's processors. To be called on the event loop, before this process has threads of
    its own.
    """
    chosen = [queue for queue in queues if queue.model.serving.execution.place is Place.PROCESSES]
    if not chosen:
        return None
    works = [
        Work(
            queue.model.title,
            queue.model.engine,
            processors_beside(servers, queue.model.serving.execution.count),
        )
        for queue in chosen
    ]
    try:
        fork_server = ForkServer(works)
    except OSError:
        logger.exception("There is no room for processes, so all models compute in threads")
        return None
    engines: list[ProcessEngine] = []
    for place, queue in enumerate(chosen):
        engines.append(ProcessEngine(queue.model, fork_server, place, _counting(queue.statistics)))
        queue.compute_with(engines[-1])
    return ModelProcesses(fork_server, engines)


def _counting(statistics: ModelStatistics) -> Callable[[], None]:
    """Return what any thread may call to have a lost process counted: it is counted on this event loop."""
    loop = asyncio.get_running_loop()

    def count() -> None:
        with contextlib.suppress(RuntimeError):  # the event loop is closed: nobody reads any more
            loop.call_soon_threadsafe(statistics.process_replaced)

    return count
