"""An estimator that computes in Python and keeps the interpreter's lock, as the code/ folder of a model brings it."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin

POISON = 666.0
SLOW = 100.0


class Counting(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Doubles its only feature by counting: so many steps for a call, and more where a row is 100 or above.

    Raises on 666.
    """

    def __init__(self, call_steps: int = 100_000, slow_steps: int = 30_000_000) -> None:
        self.call_steps = call_steps
        self.slow_steps = slow_steps

    def fit(self, x: Any, y: Any = None) -> Counting:
        """Remember the feature."""
        del y
        self.feature_names_in_ = np.array(list(x.columns), dtype=object)
        self.n_features_in_ = len(x.columns)
        return self

    def predict(self, x: Any) -> Any:
        """Return one number per row."""
        numbers = np.asarray(x, dtype=float)[:, 0]
        if (numbers == POISON).any():
            raise ValueError("poisoned")
        slow = bool((numbers >= SLOW).any())
        for _ in range(self.call_steps + 100 * len(numbers) + slow * self.slow_steps):
            pass
        return numbers * 2
