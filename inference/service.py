"""The inference service: the only door of everything below this folder.

It says which models there are, and predicts. Callers pass plain columns and get plain columns, and nothing here assumes
that they are in the same process as the models: another service with these methods can stand in its place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Never

from inference.awaited import awaited
from inference.errors import BatchTooLarge, ModelNotFound, ModelUnavailable, Overloaded, RequestError, RowError
from inference.info import ModelInfo, Place
from inference.loader import Models
from inference.model import LoadedModel, ModelKey
from inference.outputs.output import OutputRequest
from inference.predictions import Predictions, PredictRequest
from inference.processes.serving import ModelProcesses, start_processes
from inference.processors import limit_openmp, processors_beside
from inference.refusing import Refusal, Refusing
from inference.row_checks import RowChecks, all_errors, good_rows
from inference.scheduler.call import CallResult, Done, spread
from inference.scheduler.lateness import Lateness
from inference.scheduler.queue import ModelQueue
from inference.scheduler.threads import ModelThreads
from inference.scheduler.wish import Wish
from inference.statistics.cells import Cells, ProcessCells
from inference.statistics.live import LiveStatistics
from inference.statistics.model_statistics import ModelStatistics
from inference.submitted import Submitted, Told


class InferenceService:
    """Loaded models, and one queue for each version.

    `threads` is how many calls of one version may run at once, where they run in threads and its card says nothing
    else, and `processes` how many such services share the machine's processors.
    """

    def __init__(self, models: Models, *, threads: int, processes: int = 1, cells: Cells | None = None) -> None:
        """Serve models. What is counted stands in `cells`, which several processes may share."""
        counted = cells or ProcessCells()
        self._servers = processes
        self._processes: ModelProcesses | None = None
        self._lateness = Lateness()
        self._queues = {
            model.key: _queue(model, ModelStatistics(*model.key, counted), self._lateness, threads, processes)
            for model in models.loaded
        }
        infos = [*(model.info for model in models.loaded), *models.failed]
        self._infos = {ModelKey(info.name, info.version): info for info in infos}
        self._defaults = {info.name: info.version for info in infos if info.default and info.serving}
        self._doors = self._all_doors()
        self._refusing = Refusing()

    def _all_doors(self) -> dict[tuple[str, str | None], _Door]:
        """Return the way to each version by what a request may call it; None is the default one."""
        doors: dict[tuple[str, str | None], _Door] = {}
        defaults = {q.model.info.name: q.model for q in self._queues.values() if q.model.info.default}
        for queue in self._queues.values():
            name, version = queue.model.key
            doors[name, version] = _door(queue, defaults[name])
            if queue.model is defaults[name]:
                doors[name, None] = doors[name, version]
        return doors

    def models(self) -> tuple[ModelInfo, ...]:
        """Return every version of every model, failed ones too, by name, the oldest first."""
        return tuple(sorted(self._infos.values(), key=lambda info: (info.name, int(info.version or 0))))

    def model(self, name: str, version: str | None = None) -> ModelInfo:
        """Return one version of a model, the default one where none is named. Raises ModelNotFound."""
        versions = [info for info in self._infos.values() if info.name == name]
        if not versions:
            raise ModelNotFound(name, {info.name for info in self._infos.values()})
        if version is None:
            return next((info for info in versions if info.version == self._defaults.get(name)), versions[-1])
        info = self._infos.get(ModelKey(name, version))
        if info is None:
            raise ModelNotFound(name, versions[0].versions, version)
        return info

    async def predict(self, request: PredictRequest) -> Predictions:
        """Predict rows. Nothing is computed that is not wanted.

        Raises ModelNotFound, ModelUnavailable, BadInput for an output that this version cannot give, BatchTooLarge,
        Overloaded, DeadlineExceeded and PredictionFailed. A row that cannot be predicted raises nothing: it has a
        RowError. Who is cancelled takes the rows that still wait with it.
        """
        door = self._doors.get((request.model, request.version)) or self._refused(request)
        statistics, since = door.queue.statistics, door.queue.statistics.clock()
        try:
            predictions = await _predicted(door, request)
        except RequestError as error:
            self._failed(door.queue, request.count, error, since)
            raise
        except asyncio.CancelledError:
            statistics.cancelled()
            raise
        statistics.answered(request.count, predictions.errors, since)
        return predictions

    def submit(self, request: PredictRequest, told: Told) -> Submitted | None:
        """Do the same without a task, where rows are few and nothing about them is unusual; None for all others.

        `told` is given the predictions, or what `predict` would raise once rows wait; never before this turn of the
        event loop ends. What is known before is raised.
        """
        door, count = self._doors.get((request.model, request.version)), request.count
        if door is None or not door.takes_at_once(request):
            return None
        queue, checks = door.queue, door.checks
        since = queue.statistics.clock()
        try:
            wish = queue.wish(request.outputs)
            queue.let_in(count)
        except RequestError as error:
            self._failed(queue, count, error, since)
            raise
        kept, errors = checks.checked_at_once(door.ordered(request.columns), count, typed=request.typed)
        if errors:
            return None
        submitted = Submitted(queue, count, since, told, numbers=request.numbers)
        submitted.call = queue.submit(kept, count, wish, submitted.take)
        return submitted

    def _failed(self, queue: ModelQueue, count: int, error: RequestError, since: float) -> None:
        queue.statistics.failed(count, error, since)
        if isinstance(error, Overloaded):
            queue.admission.note(error, count, since)
            self._refusing.note(queue, since)

    @property
    def is_refusing(self) -> bool:
        """Whether a call found no room lately, so that it is worth asking for a `refusal` before rows are read."""
        return self._refusing.is_expected

    def refusal(self, model: str, version: str | None, rows: Callable[[], int]) -> Refusal | None:
        """Return, and count, the refusal of a call; None for one that is to be made.

        `rows` tells how many it has, and is asked only where so much waits that this matters.
        """
        door = self._doors.get((model, version))
        return self._refusing.refusal(door.queue, rows) if door else None

    def live(self, info: ModelInfo) -> LiveStatistics | None:
        """Return what was counted of a version until now, None where it cannot be called."""
        queue = self._queues.get(ModelKey(info.name, info.version))
        return queue.statistics.live(queue.cost.now) if queue else None

    def _refused(self, request: PredictRequest) -> Never:
        """Say why a version that was asked for has no queue."""
        info = self.model(request.model, request.version)
        which = f"Version {info.version} of {info.name!r}" if info.version else f"Model {info.name!r}"
        asked = f'name: "{info.name}"' + (f', version: "{info.version}"' if info.version else "")
        raise ModelUnavailable(f"{which} could not be loaded; ask model({asked}) for its error.")

    def begin(self) -> None:
        """Prepare for many calls, on the event loop, before this process has others of its own.

        Models that run in processes get those. What this thread calls computes by itself: such calls are too quick to
        share. Optional: answers are the same, and all models run in threads without.
        """
        self._processes = start_processes(self._queues.values(), self._servers)
        limit_openmp(1)

    async def drain(self) -> None:
        """Let no call in any more, and wait until those that are there are answered, each by its deadline."""
        for queue in self._queues.values():
            queue.let_none_in()
        for queue in self._queues.values():
            await queue.answered()

    def close(self) -> None:
        """Let no call in any more, and end threads and processes. What still waits is refused: see `drain`."""
        for queue in self._queues.values():
            queue.let_none_in()
        if self._processes:
            self._processes.close()
        self._lateness.close()
        for queue in self._queues.values():
            queue.close()


@dataclass(frozen=True, slots=True)
class _Door:
    """What calls to one version pass."""

    queue: ModelQueue
    checks: RowChecks
    order: tuple[int, ...] | None
    """For each of its features, its place in the default version's order; None where the order is the same."""

    def takes_at_once(self, request: PredictRequest) -> bool:
        """Tell whether a call can wait for its answer as soon as it came: not where it has to be looked at in parts."""
        count = request.count
        few = 0 < count <= self.queue.model.serving.limits.max_rows and self.checks.at_once(count)
        return few and bool(request.outputs) and not request.warnings

    def ordered(self, columns: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
        """Return columns in the default version's order in that of this version."""
        if not columns:  # no rows have no columns either, where they are turned from rows
            return [()] * len(self.queue.model.signature.features)
        return columns if self.order is None else [columns[place] for place in self.order]


def _queue(
    model: LoadedModel, statistics: ModelStatistics, lateness: Lateness, threads: int, processes: int
) -> ModelQueue:
    execution = model.serving.execution
    count = execution.count if execution.place is Place.PROCESSES else model.info.card.threads or threads
    name = f"{model.info.name}-{model.info.version}"
    return ModelQueue(model, statistics, lateness, ModelThreads(count, name, processors_beside(processes, count)))


def _door(queue: ModelQueue, default: LoadedModel) -> _Door:
    places = {feature.source: place for place, feature in enumerate(default.signature.features)}
    order = tuple(places[feature.source] for feature in queue.model.signature.features)
    return _Door(queue, RowChecks(queue.model.signature), None if order == tuple(range(len(order))) else order)


async def _predicted(door: _Door, request: PredictRequest) -> Predictions:
    queue, count = door.queue, request.count
    if count > queue.model.serving.limits.max_rows:
        raise BatchTooLarge(count, queue.model.serving.limits.max_rows)
    columns = door.ordered(request.columns)
    wish = queue.wish(request.outputs)
    # Whether there is room is asked before rows are checked: under overload most of a server's time would go into the
    # checks of rows that are refused in any case.
    if not wish.outputs:
        kept, errors = await door.checks.checked(columns, count, typed=request.typed)
    elif door.checks.at_once(count):
        queue.let_in(count)
        kept, errors = door.checks.checked_at_once(columns, count, typed=request.typed)
    else:
        with queue.room(count):
            kept, errors = await door.checks.checked(columns, count, typed=request.typed)
    if errors or request.warnings or not (count and wish.outputs):
        predictions = await _in_part(door, request, columns, errors, wish)
    else:
        result = await _answer(queue, kept, count, wish)
        answered: Mapping[OutputRequest, Any] = result.columns
        predictions = Predictions(queue.model.info, count, answered, result.errors, None)
    return predictions if request.numbers else predictions.in_lists()


async def _answer(queue: ModelQueue, columns: Sequence[Sequence[Any]], count: int, wish: Wish) -> CallResult:
    def submit(done: Done) -> Callable[[], None]:
        call = queue.submit(columns, count, wish, done)
        return lambda: queue.withdraw(call)

    return await awaited(submit)


async def _in_part(
    door: _Door, request: PredictRequest, columns: Sequence[Sequence[Any]], errors: Sequence[RowError], wish: Wish
) -> Predictions:
    """Ask the model for the rows without errors, and say what is unusual about all."""
    queue, count = door.queue, request.count
    good = good_rows(errors, count)
    kept = columns if len(good) == count else [[column[row] for row in good] for column in columns]
    if good and wish.outputs:
        result = await _answer(queue, kept, len(good), wish)
    else:
        result = CallResult({wanted.request: [] for wanted in wish.outputs}, ())
    warnings = tuple(map(tuple, await door.checks.warnings(columns, count))) if request.warnings else None
    answered: Mapping[OutputRequest, Any] = result.columns
    if not errors:
        return Predictions(queue.model.info, count, answered, result.errors, warnings)
    answered = {one: spread(column, good, count) for one, column in answered.items()}
    return Predictions(queue.model.info, count, answered, all_errors(errors, result.errors, good), warnings)
