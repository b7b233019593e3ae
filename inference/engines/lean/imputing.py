"""What is missing filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import impute

from inference.engines.lean.form import Form, NotLean, Transforming
from inference.engines.lean.rows import Rows


class FilledNumbers(Transforming):
    """A number for NaN in each column."""

    def __init__(self, statistics: NDArray[Any]) -> None:
        self._statistics = statistics

    def transform(self, rows: Any) -> NDArray[Any]:
        """Return rows without gaps. Raises TypeError for rows of words."""
        missing = np.isnan(rows)
        if not missing.any():
            return np.asarray(rows)
        filled = rows.copy(order="K")
        filled[missing] = self._statistics.take(np.nonzero(missing)[1])
        return np.asarray(filled)


class FilledWords(Transforming):
    """A word for None in each column."""

    takes_columns = True
    gives_columns = True

    def __init__(self, words: list[str]) -> None:
        self._words = words

    def transform(self, rows: Rows) -> Rows:
        """Return rows without gaps."""
        return rows.with_columns(
            [
                [word if value is None else value for value in values] if None in values else values
                for word, values in zip(self._words, rows.columns, strict=True)
            ]
        )


def _simple(imputer: Any) -> Form:
    missing = imputer.missing_values
    if not isinstance(missing, float) or not np.isnan(missing):
        raise NotLean("something else than NaN is missing")
    if imputer.add_indicator:
        raise NotLean("it says what was missing")
    values = imputer.statistics_
    if all(isinstance(value, str) for value in values.tolist()):
        return FilledWords(values.tolist())
    if values.dtype != np.float64 or np.isnan(values).any():
        raise NotLean("it drops columns, or fills in neither numbers nor words")
    return FilledNumbers(values)


IMPUTING: Mapping[type, Callable[[Any], Form]] = {impute.SimpleImputer: _simple}
