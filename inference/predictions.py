"""What a caller asks of the service, and gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from inference.errors import RowError
from inference.info import ModelInfo
from inference.outputs.output import Column, OutputRequest, as_list
from inference.signature.checks import RowWarning


@dataclass(slots=True)  # to freeze it would double what it costs to make one, for each call
class PredictRequest:
    """Rows to predict, and what is wanted of them."""

    model: str
    version: str | None
    """None for the default one."""
    columns: Sequence[Sequence[Any]]
    """One per feature of the default version's signature, in its order, whichever version is asked. Each has one value
    per row: a float, int, bool or str, a list of floats for a vector, None for a missing value."""
    count: int
    """How many rows."""
    outputs: tuple[OutputRequest, ...]
    warnings: bool = False
    """Whether to say what is unusual about each row."""
    typed: bool = False
    """Whether each value is known to have its feature's type."""
    numbers: bool = False
    """Whether columns may come as arrays and as `Categorical`: for who only writes them out."""


@dataclass(slots=True)
class Predictions:
    """The answers for a call's rows."""

    model: ModelInfo
    count: int
    columns: Mapping[OutputRequest, Column]
    """For each output asked for, one value per row; None where the row has an error. Where the request
    allows it, the rows are many and none has an error, columns need not be lists."""
    errors: tuple[RowError, ...]
    """Why rows have no prediction, by row."""
    warnings: tuple[tuple[RowWarning, ...], ...] | None
    """For each row, what is unusual about it; None where nobody asked."""

    def in_lists(self) -> Predictions:
        """Return the same with lists in the place of arrays."""
        return replace(self, columns={request: as_list(column) for request, column in self.columns.items()})

    @property
    def failed_rows(self) -> frozenset[int]:
        """The rows that have no prediction."""
        return frozenset(error.index for error in self.errors)
