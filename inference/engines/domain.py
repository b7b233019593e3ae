"""Which rows an engine was proved on: what lies outside is answered by the plain call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Domain:
    """The least and greatest value of each numeric feature among the rows of a proof."""

    least: NDArray[np.float64]
    greatest: NDArray[np.float64]

    @classmethod
    def of(cls, numbers: NDArray[Any]) -> Domain:
        """Return the domain of rows, features in the second axis; a feature that is always missing has none."""
        missing = np.isnan(numbers)
        least = np.where(missing, np.inf, numbers).min(axis=0)
        greatest = np.where(missing, -np.inf, numbers).max(axis=0)
        return cls(least, greatest)

    def holds(self, numbers: NDArray[Any]) -> bool:
        """Tell whether all rows are inside. A missing value is: that it may be missing was tried."""
        return not ((numbers < self.least) | (numbers > self.greatest)).any()
