"""Estimators for the tests of where batches run: one computes in Python, the other in NumPy."""

from __future__ import annotations

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


class InNumPy(_Doubling):
    """Doubles its feature, after products of matrices, which let the interpreter's lock go: more for many rows."""

    def predict(self, rows: Any) -> Any:
        """Return one number for each row."""
        matrix = np.full((400, 400), 1 / 400)
        for _ in range(16 if len(rows) > 64 else 1):
            matrix = matrix @ matrix
        return np.asarray(rows, dtype=float)[:, 0] * (1 + matrix[0].sum())
