"""An engine: what computes a model's answers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Protocol, TypeAlias

from inference.outputs.answers import Answers

Columns: TypeAlias = Sequence[Sequence[Any]]
"""One column of plain values for each feature, as `to_container` takes them."""


class Engine(Protocol):
    """Answers rows. May be called from several threads at once."""

    def ask(self, columns: Columns, count: int, methods: Collection[str]) -> Answers:
        """Answer `count` rows by these methods. Raises what the model raises."""
