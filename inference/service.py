"""The inference service: the only door of everything below this folder.

It says which models there are, and predicts. Callers pass plain columns and get plain columns, and nothing here assumes
that they are in the same process as the models: another service with these methods can stand in its place.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from inference.errors import (
    BadInput,
    BatchTooLarge,
    DeadlineExceeded,
    ModelNotFound,
    ModelUnavailable,
    PredictionFailed,
    RequestError,
    RowError,
)
from inference.info import ModelInfo
from inference.loader import Models
from inference.model import LoadedModel, ModelKey
from inference.outputs.output import Column, OutputRequest
from inference.predictions import Predictions, PredictRequest
from inference.scheduler.call import Call, CallResult, WantedOutput, spread
from inference.scheduler.queue import ModelQueue
from inference.signature.checks import check_rows, row_warnings
from inference.statistics.cells import Cells, ProcessCells
from inference.statistics.live import LiveStatistics
from inference.statistics.model_statistics import ModelStatistics

logger = logging.getLogger(__name__)


class InferenceService:
    """Loaded models, and one queue for each version."""

    def __init__(self, models: Models, *, threads: int, cells: Cells | None = None) -> None:
        """Serve models. What is counted stands in `cells`, which several processes may share."""
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="predict")
        counted = cells or ProcessCells()
        self._queues = {
            model.key: ModelQueue(model, self._threads, ModelStatistics(*model.key, counted)) for model in models.loaded
        }
        infos = [*(model.info for model in models.loaded), *models.failed]
        self._infos = {ModelKey(info.name, info.version): info for info in infos}
        self._defaults = {info.name: info.version for info in infos if info.default and info.serving}

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
        DeadlineExceeded and PredictionFailed. A row that cannot be predicted raises nothing: it has a RowError.
        """
        queue = self._queue(self.model(request.model, request.version))
        statistics, since = queue.statistics, queue.statistics.clock()
        try:
            predictions = await self._predict(queue, request)
        except RequestError as error:
            statistics.failed(request.count, error.code, since)
            raise
        except asyncio.CancelledError:
            statistics.cancelled()
            raise
        statistics.answered(request.count, predictions.errors, since)
        return predictions

    async def _predict(self, queue: ModelQueue, request: PredictRequest) -> Predictions:
        model, count = queue.model, request.count
        # No rows have no columns either, where they are turned from rows.
        columns = self._ordered(model, request.columns) if request.columns else [()] * len(model.signature.features)
        if count > model.serving.limits.max_rows:
            raise BatchTooLarge(count, model.serving.limits.max_rows)
        wanted = tuple(_resolve(model, output) for output in dict.fromkeys(request.outputs))
        errors = check_rows(model.signature, columns)
        good = _good_rows(errors, count)
        kept = columns if len(good) == count else [[column[row] for row in good] for column in columns]
        result = await _answer(queue, kept, len(good), wanted)
        warnings = tuple(map(tuple, row_warnings(model.signature, columns))) if request.warnings else None
        return Predictions(
            model=model.info,
            count=count,
            columns=_spread(result, good, count),
            errors=_all_errors(errors, result, good),
            warnings=warnings,
        )

    def live(self, info: ModelInfo) -> LiveStatistics | None:
        """Return what was counted of a version until now, None where it cannot be called."""
        queue = self._queues.get(ModelKey(info.name, info.version))
        return queue.statistics.live() if queue else None

    def _queue(self, info: ModelInfo) -> ModelQueue:
        queue = self._queues.get(ModelKey(info.name, info.version))
        if queue is None:
            which = f"Version {info.version} of {info.name!r}" if info.version else f"Model {info.name!r}"
            asked = f'name: "{info.name}"' + (f', version: "{info.version}"' if info.version else "")
            raise ModelUnavailable(f"{which} could not be loaded; ask model({asked}) for its error.")
        return queue

    def _ordered(self, model: LoadedModel, columns: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
        """Return columns in the default version's order in that of a version that was trained on another."""
        default = self._queues[ModelKey(model.info.name, self._defaults[model.info.name])].model
        if model is default:
            return columns
        by_source = {
            feature.source: column for feature, column in zip(default.signature.features, columns, strict=True)
        }
        return [by_source[feature.source] for feature in model.signature.features]

    def close(self) -> None:
        """Wait for the model calls that run, and end the threads."""
        self._threads.shutdown(wait=True)


def _resolve(model: LoadedModel, request: OutputRequest) -> WantedOutput:
    output = model.outputs.get(request.name)
    if output is None:
        raise BadInput(f"Version {model.info.version} of {model.info.name!r} cannot give {request.name!r}.")
    complete = output.request(dict(request.arguments))
    for argument, (_, value) in zip(output.arguments, complete.arguments, strict=True):
        if value < argument.minimum:
            raise BadInput(f"{argument.name} is {value}, and must be at least {argument.minimum}.")
        if argument.maximum is not None and value > argument.maximum:
            raise BadInput(f"{argument.name} is {value}, and must be at most {argument.maximum}.")
    return WantedOutput(complete, output)


async def _answer(
    queue: ModelQueue, columns: Sequence[Sequence[Any]], count: int, wanted: tuple[WantedOutput, ...]
) -> CallResult:
    if not count or not wanted:
        return CallResult({item.request: [] for item in wanted}, ())
    call = Call(columns, count, wanted, asyncio.get_running_loop().create_future(), queue.statistics.clock())
    queue.put(call)
    seconds = queue.model.serving.limits.deadline_seconds
    try:
        return await asyncio.wait_for(call.future, seconds)
    except TimeoutError:
        raise DeadlineExceeded(seconds) from None
    except RequestError:
        raise
    except Exception as error:
        logger.exception("%s: its answer cannot be used", queue.model.title)
        raise PredictionFailed("The model's answer cannot be used; the server's log says why.") from error


def _good_rows(errors: Sequence[RowError], count: int) -> Sequence[int]:
    if not errors:
        return range(count)
    bad = {error.index for error in errors}
    return [row for row in range(count) if row not in bad]


def _spread(result: CallResult, good: Sequence[int], count: int) -> dict[OutputRequest, Column]:
    """Put the answers of the rows that were asked at their places among all rows."""
    if len(good) == count:
        return result.columns
    return {request: spread(column, good, count) for request, column in result.columns.items()}


def _all_errors(errors: Sequence[RowError], result: CallResult, good: Sequence[int]) -> tuple[RowError, ...]:
    answered = [RowError(good[error.index], error.code, error.message, error.field) for error in result.errors]
    return tuple(sorted([*errors, *answered], key=lambda error: error.index))
