"""An estimator that is slow or raises, and notes what it was asked, as the code/ folder of a model brings it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin

POISON = 666.0
SLOW = 100.0


class Noting(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Doubles its only feature, after some seconds for a call, more if a row is 100 or above, and some for each row.

    Raises on 666. Each call notes the rows that it was asked for in a file, before it sleeps, as a line of JSON.
    """

    def __init__(
        self, notes: str = "", call_seconds: float = 0.01, slow_seconds: float = 0.0, row_seconds: float = 0.0
    ) -> None:
        self.notes = notes
        self.call_seconds = call_seconds
        self.slow_seconds = slow_seconds
        self.row_seconds = row_seconds

    def fit(self, x: Any, y: Any = None) -> Noting:
        """Remember the feature."""
        del y
        self.feature_names_in_ = np.array(list(x.columns), dtype=object)
        self.n_features_in_ = len(x.columns)
        return self

    def predict(self, x: Any) -> Any:
        """Return one number per row."""
        numbers = np.asarray(x, dtype=float)[:, 0]
        with Path(self.notes).open("a", encoding="utf-8") as notes:
            notes.write(json.dumps(numbers.tolist()) + "\n")
        slow = self.slow_seconds if (numbers >= SLOW).any() else 0.0
        time.sleep(self.call_seconds + slow + self.row_seconds * len(numbers))
        if (numbers == POISON).any():
            raise ValueError("poisoned")
        return numbers * 2
