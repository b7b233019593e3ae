"""What a caller of the service gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inference.errors import RowError
from inference.info import ModelInfo
from inference.outputs.output import Column, OutputRequest
from inference.signature.checks import RowWarning


@dataclass(frozen=True, slots=True)
class Predictions:
    """The answers for a call's rows."""

    model: ModelInfo
    count: int
    columns: Mapping[OutputRequest, Column]
    """For each output asked for, one value per row; None where the row has an error."""
    errors: tuple[RowError, ...]
    """Why rows have no prediction, by row."""
    warnings: tuple[tuple[RowWarning, ...], ...] | None
    """For each row, what is unusual about it; None where nobody asked."""

    @property
    def failed_rows(self) -> frozenset[int]:
        """The rows that have no prediction."""
        return frozenset(error.index for error in self.errors)
