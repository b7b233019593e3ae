"""Plain values turned into matrices of numbers, as quickly as Python can."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.engines.engine import Columns
from inference.stacking import stacked


def matrix_of(columns: Columns) -> NDArray[np.float64]:
    """Return columns side by side, each whole in memory; what is missing is NaN.

    Raises ValueError, TypeError or OverflowError for what is no number.
    """
    return stacked(columns, len(columns[0])).T


def matrix_of_rows(rows: Sequence[Any], width: int) -> NDArray[np.float64]:
    """Return rows of so many numbers below each other, each whole in memory. Raises as `matrix_of` does."""
    return stacked(rows, width).reshape(len(rows), width)
