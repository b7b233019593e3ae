"""A model to put under load: calls with rows of its sample, and what its estimator answers to them."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from inference.engines.engine import Columns, Engine
from inference.engines.options import EngineName, EngineOptions
from inference.engines.plain import PlainEngine
from inference.info import Limits
from inference.loader import Only, load_models
from inference.model import LoadedModel
from inference.outputs.answers import Answers
from inference.outputs.output import Column, OutputRequest
from inference.signature.from_sample import read_sample
from inference.signature.sample_columns import sample_columns

_LIMITS = Limits(max_rows=10_000, deadline_seconds=600)
_RELATIVE = 1e-5
"""How far numbers may be off."""


@dataclass(slots=True)
class WatchedEngine:
    """Answers as another engine does, and notes how many rows each of its calls has."""

    engine: Engine
    rows: list[int] = field(default_factory=list)

    def ask(self, columns: Columns, count: int, methods: Collection[str]) -> Answers:
        """Answer `count` rows by these methods. Raises what the estimator raises."""
        self.rows.append(count)
        return self.engine.ask(columns, count, methods)


@dataclass(frozen=True, slots=True)
class Subject:
    """A model, rows to ask it about, and the right answers."""

    model: LoadedModel
    watched: WatchedEngine
    """What the model is called through."""
    rows: Sequence[Sequence[Any]]
    """The rows of its sample, one column per feature."""
    right: Mapping[OutputRequest, Column]
    """What the estimator answers to them when it is called plainly: all outputs that are asked for."""

    @property
    def row_count(self) -> int:
        """How many rows the sample has."""
        return len(self.rows[0])

    def columns(self, start: int, count: int) -> list[list[Any]]:
        """Return so many rows from a place on, from the beginning again after the last."""
        places = [place % self.row_count for place in range(start, start + count)]
        return [[column[place] for place in places] for column in self.rows]

    def is_right(self, answer: Mapping[OutputRequest, Column], start: int, count: int) -> bool:
        """Tell whether an answer is the estimator's to the rows that `columns` gives."""
        return all(
            len(answer[request]) == count
            and all(_same(answer[request][row], right[(start + row) % self.row_count]) for row in range(count))
            for request, right in self.right.items()
        )

    def answer(self, columns: Columns, count: int) -> dict[OutputRequest, Column]:
        """Call the model once, in this thread, and make the columns of all outputs: what every server has to do."""
        return _answered(self.model, self.watched, columns, count, tuple(self.right))

    def limited(self, limits: Limits) -> LoadedModel:
        """Return the model with other limits."""
        return replace(self.model, serving=replace(self.model.serving, limits=limits))


def load_subject(path: Path, name: str, engine: EngineName = "auto") -> Subject:
    """Load a model from a folder of models; it must have a sample.csv. All that it answers of a class is asked for."""
    options = EngineOptions(engine)
    (model,) = load_models(path, _LIMITS, only=Only(name), engines=options).loaded
    watched = WatchedEngine(model.engine)
    rows = sample_columns(model.signature, read_sample(path / name / "sample.csv"))
    requests = tuple(output.request({}) for output in model.outputs.values())
    right = _answered(model, PlainEngine(model.estimator, model.signature), rows, len(rows[0]), requests)
    return Subject(replace(model, engine=watched), watched, rows, right)


def _answered(
    model: LoadedModel, engine: Engine, columns: Columns, count: int, requests: Sequence[OutputRequest]
) -> dict[OutputRequest, Column]:
    outputs = [(request, model.outputs[request.name]) for request in requests]
    answers = engine.ask(columns, count, {method for request, output in outputs for method in output.calls(request)})
    return {request: output.column(answers, dict(request.arguments)) for request, output in outputs}


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float):
        return isinstance(other, float) and math.isclose(one, other, rel_tol=_RELATIVE, abs_tol=_RELATIVE / 1000)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)
