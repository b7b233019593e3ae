"""The estimator called as its own documentation says. What every other engine is compared with."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from inference.engines.engine import Columns
from inference.outputs.answers import Answers, call
from inference.signature.feature import Signature
from inference.signature.matrix import to_container


@dataclass(frozen=True, slots=True)
class PlainEngine:
    """Calls each method of the estimator with what it was trained on: a frame, an array or a list of texts."""

    estimator: Any
    signature: Signature

    def ask(self, columns: Columns, count: int, methods: Collection[str]) -> Answers:
        """Answer `count` rows by these methods. Raises what the estimator raises."""
        return call(self.estimator, to_container(self.signature, columns), count, methods)
