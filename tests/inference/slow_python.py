"""Estimators for the tests of where batches run: one computes in Python, the other lets others work meanwhile."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin

POISON = 666.0


class _Doubling(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    def fit(self, rows: Any, _: Any = None) -> Any:
        """Remember the names."""
        self.feature_names_in_ = np.asarray(rows.columns, dtype=object)
        self.n_features_in_ = rows.shape[1]
        return self


class InPython(_Doubling):
    """Doubles its feature by adding 1 often: some 0.1 ms of Python for each row. Raises on 666."""

    def predict(self, rows: Any) -> Any:
        """Return one number for each row."""
        numbers = np.asarray(rows, dtype=float)[:, 0].tolist()
        if POISON in numbers:
            raise ValueError("poison in secret row")
        return np.array([self._doubled(number) for number in numbers])

    @staticmethod
    def _doubled(number: float) -> float:
        steps = 0
        for _ in range(2000):
            steps += 1
        return number * steps / 1000


class Waiting(_Doubling):
    """Doubles its feature, after it has let the interpreter's lock go for some time."""

    def __init__(self, seconds: float = 0.0, row_seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.row_seconds = row_seconds

    def predict(self, rows: Any) -> Any:
        """Return one number for each row."""
        time.sleep(self.seconds + self.row_seconds * len(rows))
        return np.asarray(rows, dtype=float)[:, 0] * 2
