"""A form: one estimator or step, ready to answer without checking what is known to be right."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from inference.outputs.answers import called


class NotLean(Exception):
    """This estimator has no leaner form than itself."""


class Form(Protocol):
    """Answers rows by methods; several methods share what they have in common."""

    takes_columns: bool
    """It is given `Rows`, else an array or a list of texts."""

    def answers(self, rows: Any, methods: Collection[str]) -> Mapping[str, Any]:
        """Return what the estimator's methods would return: an entry per row each."""


class Called:
    """Any estimator, by its own methods. It must know no names of columns."""

    takes_columns = False

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def answers(self, rows: Any, methods: Collection[str]) -> Mapping[str, Any]:
        """Call each method."""
        return called(self.estimator, rows, methods)
