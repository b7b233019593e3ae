"""From a field's arguments and selection to one call of the inference service."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from inference.errors import InvalidRows
from inference.outputs.output import OutputRequest
from inference.predictions import Predictions, PredictRequest
from resolvers.context import Context

Row = tuple[Any, ...]
"""One value per feature, in the order of the model's signature."""


@dataclass(slots=True)  # to freeze it would double what it costs to make one, for each call
class Rows:
    """The rows of one call, as columns."""

    columns: Sequence[Sequence[Any]]
    """One per feature; none where no rows were turned into columns."""
    count: int
    typed: bool = False
    """Whether each value is known to have its feature's type."""

    @staticmethod
    def of(rows: Sequence[Row]) -> Rows:
        """Turn rows into columns."""
        return Rows(list(zip(*rows, strict=True)), len(rows))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was selected of a prediction."""

    outputs: tuple[OutputRequest, ...] = ()
    warnings: bool = False
    numbers: bool = False
    """Whether columns of floats may come as arrays."""


async def predict_all(context: Context, model: str, version: str | None, rows: Rows, wanted: Wanted) -> Predictions:
    """Predict all rows or none.

    Raises InvalidRows where one of them cannot be predicted, and what InferenceService.predict raises.
    """
    predictions = await predict_some(context, model, version, rows, wanted)
    if predictions.errors:
        raise InvalidRows(predictions.errors, predictions.count)
    return predictions


def predict_some(
    context: Context, model: str, version: str | None, rows: Rows, wanted: Wanted
) -> Coroutine[Any, Any, Predictions]:
    """Predict the rows that can be predicted, and say of the others why not. To be awaited."""
    return context.service.predict(request_of(model, version, rows, wanted))


def request_of(model: str, version: str | None, rows: Rows, wanted: Wanted) -> PredictRequest:
    """Return what is asked of the inference service."""
    return PredictRequest(
        model,
        version,
        rows.columns,
        rows.count,
        wanted.outputs,
        warnings=wanted.warnings,
        typed=rows.typed,
        numbers=wanted.numbers,
    )
