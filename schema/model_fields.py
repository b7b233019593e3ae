"""The two fields of Query that a model gets: one for a row, one for many."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import strawberry
from strawberry import UNSET
from strawberry.types.info import Info

from inference.predictions import Predictions
from resolvers.context import Context
from resolvers.predict import Row, Rows, predict_all, predict_some
from schema.class_making import FieldOfClass, make_class
from schema.describe import Describer
from schema.metadata import InputError, Model, OnError
from schema.predictions import dressed_rows, python_name
from schema.selection import wanted_of
from schema.types import ModelTypes

_Version = Annotated[
    str | None, strawberry.argument(name="version", description="A version; the default one where none is named.")
]


def model_fields(types: ModelTypes, describer: Describer) -> list[FieldOfClass]:
    """Return a model's fields of Query."""
    sentence = describer.sentence(types)
    many = f"{sentence} Many at once, in the order of `inputs`."
    return [
        _root(_one(types), types.field, sentence),
        _root(_many(types, describer), types.batch_field, many),
    ]


def _root(resolver: Callable[..., Any], name: str, description: str) -> FieldOfClass:
    field = strawberry.field(resolver=resolver, name=name, description=description)
    return FieldOfClass(python_name(name), resolver.__annotations__["return"], field)


def _one(types: ModelTypes) -> Callable[..., Any]:
    async def resolve(info: Info[Context, None], row: Row, version: str | None = UNSET) -> Any:
        wanted = wanted_of(info, types.prediction)
        predictions = await _asked(info, predict_all, types.info.name, _named(version), Rows.of([row]), wanted)
        (dressed,) = dressed_rows(types.prediction, predictions, types.input.names)
        return dressed

    resolve.__annotations__ = {
        "info": Info,
        "row": Annotated[types.input.cls, strawberry.argument(name="input")],
        "version": _Version,
        "return": types.prediction.cls | None,
    }
    return resolve


def _many(types: ModelTypes, describer: Describer) -> Callable[..., Any]:
    batch = _batch_type(types)

    async def resolve(
        info: Info[Context, None], rows: list[Row], version: str | None = UNSET, on_error: OnError = OnError.PARTIAL
    ) -> Any:
        wanted = wanted_of(info, types.prediction, below="predictions")
        predict = predict_some if on_error is OnError.PARTIAL else predict_all
        predictions = await _asked(info, predict, types.info.name, _named(version), Rows.of(rows), wanted)
        return {
            "predictions": dressed_rows(types.prediction, predictions, types.input.names),
            "errors": _errors(predictions, types),
            "count": predictions.count,
            "model": describer.model(predictions.model),
        }

    resolve.__annotations__ = {
        "info": Info,
        "rows": Annotated[list[types.input.cls], strawberry.argument(name="inputs")],  # type: ignore[name-defined]  # made at run time
        "version": _Version,
        "on_error": Annotated[OnError, strawberry.argument(name="onError")],
        "return": batch | None,
    }
    return resolve


async def _asked(
    info: Info[Context, None], predict: Callable[..., Awaitable[Predictions]], *arguments: Any
) -> Predictions:
    """Ask a model, unless a plan did so already that could not write the answer. Raises what `predict` raises."""
    outcome = info.context.outcomes.get(str(info.path.key))
    if outcome is None:
        return await predict(info.context, *arguments)
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _named(version: str | None) -> str | None:
    return None if version is UNSET else version


def _batch_type(types: ModelTypes) -> Any:
    prediction = types.prediction.cls | None
    fields: list[FieldOfClass] = [
        FieldOfClass(
            "predictions",
            list[prediction],  # type: ignore[valid-type]  # made at run time
            strawberry.field(description="In the order of `inputs`; null where `errors` says why."),
        ),
        FieldOfClass("errors", list[InputError], strawberry.field(description="The rows that have no prediction.")),
        FieldOfClass("count", int, strawberry.field(description="How many rows were sent.")),
        FieldOfClass("model", Model, strawberry.field(description="The version that answered.")),
    ]
    made = make_class(types.batch_type, fields)
    return strawberry.type(made, name=types.batch_type, description=f"What {types.info.name} answers for many rows.")


def _errors(predictions: Predictions, types: ModelTypes) -> list[InputError]:
    names = types.input.names
    return [
        InputError(
            index=error.index, field=names[error.field] if error.field else None, code=error.code, message=error.message
        )
        for error in predictions.errors
    ]
