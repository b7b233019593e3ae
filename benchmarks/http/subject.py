"""The model that all servers serve: what is sent to them, and what is right as an answer."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import pandas as pd

from benchmarks.http.client import Request
from benchmarks.http.rivals.subject import Subject
from resolvers.context import Context
from server.app import load
from server.settings import Settings

TOLERANCE: Final = 1e-4
"""By how much a probability may be off: the last digits are an engine's own."""
_DIFFERENT: Final = {1: 16, 100: 4}
"""How many requests of so many rows differ from each other; of any other number: 2."""
_MODEL: Final = """query ($name: String!) {
  model(name: $name) { batchField task features { name source type } classes { label rawLabel } }
}"""
_TYPES: Final = """query ($prediction: String!, $probabilities: String!) {
  prediction: __type(name: $prediction) { fields { name } }
  probabilities: __type(name: $probabilities) { fields { name } }
}"""

Parse = Callable[[Any], Sequence[Mapping[str, Any]]]
"""Finds the predictions in a decoded answer."""


@dataclass(frozen=True)
class Workload:
    """A classifier of rows of numbers, its rows, and its own answers."""

    rival: Subject
    labels: Mapping[str, str]
    """What GraphQL calls each class, by its name in training."""
    batch_field: str
    type_name: str
    fields: Sequence[str]
    """Of its prediction type."""
    rows: np.ndarray[tuple[int, int], np.dtype[np.float64]]
    """Of the sample."""
    probabilities: np.ndarray[tuple[int, int], np.dtype[np.float64]]
    """What the estimator itself says of them."""

    @classmethod
    def of(cls, models: Path, name: str) -> Workload:
        """Read a model's files. Raises ValueError where it is no classifier of rows of numbers with a sample."""
        folder = models / name
        artifact, sample = folder / "model.joblib", folder / "sample.csv"
        if not artifact.is_file() or not sample.is_file():
            raise ValueError(f"{folder} needs a model.joblib and a sample.csv; `predictql demo` makes such folders.")
        model, fields, classes = asyncio.run(_described(folder, name))
        features = model["features"]
        if model["task"] != "CLASSIFICATION" or {feature["type"] for feature in features} != {"FLOAT"} or not classes:
            raise ValueError(f"{name} is no classifier of rows of numbers. Name another with --model.")
        sources = [feature["source"] for feature in features]
        rival = Subject(str(artifact.resolve()), [feature["name"] for feature in features], sources, classes)
        frame = pd.read_csv(sample)[sources]
        return cls(
            rival,
            {each["rawLabel"]: each["label"] for each in model["classes"]},
            model["batchField"],
            model["batchField"][0].upper() + model["batchField"][1:].removesuffix("Batch"),
            fields,
            frame.to_numpy(float),
            np.asarray(rival.estimator().predict_proba(frame)),
        )

    @property
    def everything(self) -> str:
        """What is selected where all servers answer the same."""
        return f"label probability probabilities {{ {' '.join(self.rival.classes)} }}"

    def predictql(self, rows: int, selection: str | None = None) -> list[Request]:
        """Return requests to predictql; answers to another selection are looked at for errors and their number."""
        query = (
            f"query ($inputs: [{self.type_name}Input!]!) {{ answer: {self.batch_field}(inputs: $inputs) {{ predictions"
        )
        query += f" {{ {selection or self.everything} }} }} }}"
        parse: Parse = lambda answer: answer["data"]["answer"]["predictions"]  # noqa: E731
        return self._graphql(rows, query, parse, is_whole=selection is None)

    def strawberry(self, rows: int) -> list[Request]:
        """Return requests to the rival that is built with Strawberry."""
        query = f"query ($inputs: [Row!]!) {{ predict(inputs: $inputs) {{ {self.everything} }} }}"
        return self._graphql(rows, query, lambda answer: answer["data"]["predict"], is_whole=True)

    def rest(self, rows: int) -> list[Request]:
        """Return requests to the rival that is built with FastAPI alone."""
        return [
            Request.post("/predict", orjson.dumps(self._sent(places)), self._check(places, lambda answer: answer))
            for places in self._places(rows)
        ]

    def _graphql(self, rows: int, query: str, parse: Parse, *, is_whole: bool) -> list[Request]:
        return [
            Request.post(
                "/graphql",
                orjson.dumps({"query": query, "variables": {"inputs": self._sent(places)}}),
                self._check(places, parse, is_whole=is_whole),
            )
            for places in self._places(rows)
        ]

    def _places(self, rows: int) -> list[list[int]]:
        """Return which rows of the sample each request holds, the same in every run."""
        chance = np.random.default_rng(rows)
        size = (_DIFFERENT.get(rows, 2), rows)
        places: list[list[int]] = chance.integers(0, len(self.rows), size).tolist()
        return places

    def _sent(self, places: Sequence[int]) -> list[dict[str, float]]:
        return [dict(zip(self.rival.features, row, strict=True)) for row in self.rows[places].tolist()]

    def _check(self, places: Sequence[int], parse: Parse, *, is_whole: bool = True) -> Callable[[bytes], bool]:
        expected = self.probabilities[places]
        classes = list(self.labels)
        names = [{classes[best], self.labels[classes[best]]} for best in expected.argmax(axis=1).tolist()]

        def is_right(body: bytes) -> bool:
            try:
                answer = orjson.loads(body)
                rows = parse(answer)
                if not is_whole:
                    return len(rows) == len(places) and None not in rows and "errors" not in answer
                told = [[row["probabilities"][name] for name in self.rival.classes] for row in rows]
                top = [row["probability"] for row in rows]
                return (
                    np.shape(told) == expected.shape
                    and bool(np.allclose(told, expected, rtol=0, atol=TOLERANCE))
                    and bool(np.allclose(top, expected.max(axis=1), rtol=0, atol=TOLERANCE))
                    and all(row["label"] in allowed for row, allowed in zip(rows, names, strict=True))
                )
            except (KeyError, TypeError, ValueError, AttributeError):
                return False

        return is_right


async def _described(folder: Path, name: str) -> tuple[dict[str, Any], list[str], list[str]]:
    """Return what GraphQL says of a model: itself, the fields of a prediction, and those of its probabilities."""
    loaded = load(Settings(models=folder, engine="native"))
    context = Context(loaded.service, dt.datetime.now(dt.UTC))
    answer = await loaded.schema.execute(_MODEL, variable_values={"name": name}, context_value=context)
    model: dict[str, Any] = (answer.data or {})["model"]
    prefix = model["batchField"][0].upper() + model["batchField"][1:].removesuffix("Batch")
    names = {"prediction": f"{prefix}Prediction", "probabilities": f"{prefix}Probabilities"}
    answer = await loaded.schema.execute(_TYPES, variable_values=names, context_value=context)
    fields = [
        [field["name"] for field in (found or {"fields": []})["fields"]] for found in (answer.data or {}).values()
    ]
    return model, fields[0], fields[1]
