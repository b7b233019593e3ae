"""From a field's arguments and selection to one call of the inference service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inference.errors import InvalidRows
from inference.outputs.output import OutputRequest
from inference.predictions import Predictions, PredictRequest
from resolvers.context import Context

Row = tuple[Any, ...]
"""One value per feature, in the order of the model's signature."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was selected of a prediction."""

    outputs: tuple[OutputRequest, ...] = ()
    warnings: bool = False


async def predict_one(context: Context, model: str, version: str | None, row: Row, wanted: Wanted) -> Predictions:
    """Predict one row. Raises InvalidRows where it cannot be predicted, and what InferenceService.predict raises."""
    return await predict_all(context, model, version, [row], wanted)


async def predict_all(
    context: Context, model: str, version: str | None, rows: Sequence[Row], wanted: Wanted
) -> Predictions:
    """Predict all rows or none. Raises InvalidRows where one of them cannot be predicted."""
    predictions = await predict_some(context, model, version, rows, wanted)
    if predictions.errors:
        raise InvalidRows(predictions.errors, predictions.count)
    return predictions


async def predict_some(
    context: Context, model: str, version: str | None, rows: Sequence[Row], wanted: Wanted
) -> Predictions:
    """Predict the rows that can be predicted, and say of the others why not."""
    columns: list[tuple[Any, ...]] = list(zip(*rows, strict=True))
    request = PredictRequest(model, version, columns, len(rows), wanted.outputs, warnings=wanted.warnings)
    return await context.service.predict(request)
