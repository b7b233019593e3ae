"""Which rows an engine was proved on: what lies outside is answered by the plain call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inference.signature.feature import Feature

_FEW: Final = 16
"""So many numbers are looked at one by one, which is quicker than five calls of NumPy."""


class Domain:
    """The least and greatest value of each numeric feature among the rows of a proof."""

    def __init__(self, least: Sequence[float], greatest: Sequence[float]) -> None:
        self.least, self.greatest = tuple(least), tuple(greatest)
        self._limits = tuple(zip(least, greatest, strict=True))
        self._least, self._greatest = np.array(least), np.array(greatest)

    @classmethod
    def of(cls, numbers: NDArray[Any]) -> Domain:
        """Return the domain of rows, features in the second axis; a feature that is always missing has none."""
        missing = np.isnan(numbers)
        least = np.where(missing, np.inf, numbers).min(axis=0)
        greatest = np.where(missing, -np.inf, numbers).max(axis=0)
        return cls(least.tolist(), greatest.tolist())

    def keeps(self, features: Iterable[Feature]) -> bool:
        """Tell whether no row can be outside that the limits of these features allow. All of them are numbers."""
        limits = [(one.min, one.max) for one in features for _ in range(one.length or 1)]
        return len(limits) == len(self._limits) and all(
            lowest is not None and highest is not None and least <= lowest and highest <= greatest
            for (lowest, highest), (least, greatest) in zip(limits, self._limits, strict=True)
        )

    def holds(self, numbers: NDArray[Any]) -> bool:
        """Tell whether all rows are inside. A missing value is: that it may be missing was tried."""
        if numbers.size > _FEW:
            return not ((numbers < self._least) | (numbers > self._greatest)).any()
        for row in numbers.tolist():
            for value, (least, greatest) in zip(row, self._limits, strict=True):
                if value < least or value > greatest:
                    return False
        return True

    def inside(self, numbers: NDArray[Any]) -> NDArray[np.bool_]:
        """Tell which rows are inside."""
        return np.logical_not(((numbers < self._least) | (numbers > self._greatest)).any(axis=1))
