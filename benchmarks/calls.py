"""Requests over HTTP that ask a model about rows of its sample, and what is right as an answer."""

from __future__ import annotations

import asyncio
import datetime as dt
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import orjson

from benchmarks.http.client import Request
from benchmarks.subject import Subject
from inference.outputs.output import OutputRequest
from resolvers.context import Context
from server.app import load
from server.settings import Settings

_DIFFERENT: Final = 32
"""How many requests differ from each other."""
_TOLERANCE: Final = 1e-4
"""By how much a probability may be off: the last digits are an engine's own."""
_MODEL: Final = "query ($name: String!) { model(name: $name) { field batchField features { name } } }"


def calls(models: Path, subject: Subject, rows: int) -> list[Request]:
    """Return requests of so many rows for the label and its probability, which a classifier answers."""
    name = subject.model.info.name
    model = asyncio.run(_described(models, name))
    type_name = model["field"][0].upper() + model["field"][1:]
    query = (
        f"query ($inputs: [{type_name}Input!]!) {{ answer: {model['batchField']}(inputs: $inputs)"
        " { predictions { rawLabel probability } } }"
    )
    features = [feature["name"] for feature in model["features"]]
    return [_call(subject, query, features, number * rows, rows) for number in range(_DIFFERENT)]


def _call(subject: Subject, query: str, features: list[str], start: int, rows: int) -> Request:
    columns = subject.columns(start, rows)
    inputs = [dict(zip(features, row, strict=True)) for row in zip(*columns, strict=True)]
    body = orjson.dumps({"query": query, "variables": {"inputs": inputs}})
    return Request.post("/graphql", body, _check(subject, start, rows))


def _check(subject: Subject, start: int, rows: int) -> Callable[[bytes], bool]:
    places = [(start + row) % subject.row_count for row in range(rows)]
    labels = [str(subject.right[OutputRequest("raw_label")][place]) for place in places]
    probabilities = [subject.right[OutputRequest("probability")][place] for place in places]

    def is_right(body: bytes) -> bool:
        try:
            told = orjson.loads(body)["data"]["answer"]["predictions"]
            return [row["rawLabel"] for row in told] == labels and all(
                math.isclose(row["probability"], right, abs_tol=_TOLERANCE)
                for row, right in zip(told, probabilities, strict=True)
            )
        except (KeyError, TypeError, ValueError):
            return False

    return is_right


async def _described(models: Path, name: str) -> dict[str, Any]:
    """Return what GraphQL says of a model."""
    loaded = load(Settings(models=models / name, engine="native"))
    context = Context(loaded.service, dt.datetime.now(dt.UTC))
    answer = await loaded.schema.execute(_MODEL, variable_values={"name": name}, context_value=context)
    model: dict[str, Any] = (answer.data or {})["model"]
    return model
