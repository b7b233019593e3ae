"""Estimators that misbehave, as the code/ folder of a model brings them."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin

SECRET = "the password is swordfish"  # noqa: S105  # what an exception's text may hold


class Fragile(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Divides 1 by a number: raises at 13, answers infinity at 0 and NaN at -1."""

    def fit(self, x: Any, y: Any = None) -> Fragile:
        """Remember the feature."""
        del y
        self.feature_names_in_ = np.array(list(x.columns), dtype=object)
        self.n_features_in_ = len(x.columns)
        return self

    def predict(self, x: Any) -> Any:
        """Return one number per row."""
        numbers = np.asarray(x, dtype=float)[:, 0]
        if (numbers == 13).any():
            raise ValueError(SECRET)
        return np.divide(1.0, numbers, where=(numbers != 0) & (numbers != -1), out=_nothing(numbers))


def _nothing(numbers: Any) -> Any:
    return np.where(numbers == 0, np.inf, np.nan)


class Sleepy(Fragile):
    """Doubles a number, and takes a second for it from 100 on."""

    def predict(self, x: Any) -> Any:
        """Return one number per row."""
        numbers = np.asarray(x, dtype=float)[:, 0]
        time.sleep(1.0 if (numbers >= 100).any() else 0.01)
        return numbers * 2
