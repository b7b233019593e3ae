"""An estimator that is quick, but for some rows, as the code/ folder of a model brings it."""

from __future__ import annotations

import hashlib
import re
import time
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin

IN_A_LIBRARY, IN_A_PATTERN, FOR_A_WHILE = 100.0, 200.0, 300.0


class Hanging(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Doubles its only feature at once; for some numbers, it takes a second, or for ever."""

    def fit(self, x: Any, y: Any = None) -> Hanging:
        """Remember the feature."""
        del y
        self.feature_names_in_ = np.array(list(x.columns), dtype=object)
        self.n_features_in_ = len(x.columns)
        return self

    def predict(self, x: Any) -> Any:
        """Return one number per row."""
        numbers = np.asarray(x, dtype=float)[:, 0]
        first = numbers[0]
        if first == IN_A_LIBRARY:  # which lets the interpreter's lock go, and heeds no signals
            hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)
        if first == IN_A_PATTERN:  # which keeps the lock
            re.match("(a+)+$", "a" * 64 + "b")
        if first == FOR_A_WHILE:
            time.sleep(1.5)
        return numbers * 2
