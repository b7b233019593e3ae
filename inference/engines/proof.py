"""Whether two engines answer the same."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inference.outputs.answers import Answers

TOLERANCE: Final = 1e-5
"""How far numbers of a proof may differ, as a share of the number itself."""

SMALL: Final = 1e-3
"""Numbers below this share of the greatest one of their method are measured by that share of it instead."""


class Unequal(Exception):
    """Two engines answer differently: by which method, and how."""


def check_same(expected: Answers, answered: Answers) -> None:
    """Compare bit by bit. Raises Unequal."""
    for method, one in expected.arrays.items():
        other = answered[method]
        if one.dtype != other.dtype or one.shape != other.shape:
            raise Unequal(f"{method}: {other.dtype}{other.shape} instead of {one.dtype}{one.shape}")
        is_float = one.dtype.kind == "f"
        same = np.array_equal(one, other, equal_nan=is_float)
        if not same or (is_float and not np.array_equal(np.signbit(one), np.signbit(other))):
            raise Unequal(f"{method}: not the same bits")


def largest_difference(method: str, expected: NDArray[Any], answered: NDArray[Any]) -> float:
    """Return by how much numbers differ at most, relative to the expected ones; 0 for labels, which must be the same.

    Raises Unequal for labels that differ, numbers that are missing or infinite on one side only, and other shapes.
    """
    if expected.shape != answered.shape:
        raise Unequal(f"{method}: the shape is {answered.shape} instead of {expected.shape}")
    if expected.dtype.kind != "f":
        wrong = int((expected != answered).sum())
        if wrong:
            raise Unequal(f"{method}: {wrong} of {expected.size} labels differ")
        return 0.0
    usual = np.isfinite(expected)
    if not np.array_equal(usual, np.isfinite(answered)) or not np.array_equal(
        expected[~usual], answered[~usual], equal_nan=True
    ):
        raise Unequal(f"{method}: one is NaN or infinite where the other is not")
    numbers, others = expected[usual], np.asarray(answered[usual], dtype=np.float64)
    if not numbers.size or not (scale := np.abs(numbers).max()):
        return float(np.abs(others).max(initial=0.0))
    return float((np.abs(numbers - others) / np.maximum(np.abs(numbers), SMALL * scale)).max())
