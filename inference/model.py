"""A model that is loaded and can be called."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from inference.cost import Cost
from inference.engines.engine import Engine
from inference.info import ModelInfo, ServingInfo
from inference.outputs.answers import Answers
from inference.outputs.output import Output
from inference.signature.feature import Signature


class ModelKey(NamedTuple):
    """Which version of which model."""

    name: str
    version: str


@dataclass(frozen=True, slots=True, eq=False)
class LoadedModel:
    """One version of a model: its estimator, and the engine that answers as the estimator does."""

    info: ModelInfo
    serving: ServingInfo
    estimator: Any = field(repr=False)
    engine: Engine = field(repr=False)
    outputs: Mapping[str, Output] = field(repr=False)

    @property
    def key(self) -> ModelKey:
        """Its name and version."""
        return ModelKey(self.info.name, self.info.version)

    @property
    def signature(self) -> Signature:
        """What it takes."""
        return self.serving.signature

    @property
    def cost(self) -> Cost:
        """What a call of it costs."""
        return self.serving.cost

    @property
    def title(self) -> str:
        """What errors and logs call it."""
        return f"{self.info.name} (version {self.info.version})"

    def ask(self, columns: Sequence[Sequence[Any]], count: int, methods: Collection[str]) -> Answers:
        """Answer `count` rows, given as one column per feature. Raises what the estimator raises."""
        return self.engine.ask(columns, count, methods)
