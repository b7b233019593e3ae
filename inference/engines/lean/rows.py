"""Rows as arrays, laid out in memory as scikit-learn lays out the frames of their training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inference.card import FeatureType
from inference.engines.engine import Columns
from inference.engines.lean.form import NotLean
from inference.signature.feature import Container, Feature, Signature, Storage
from inference.signature.matrix import to_container

NUMBERS: Final = {Storage.FLOAT, Storage.INTEGER, Storage.BOOLEAN}
"""How numbers stand in a matrix."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns of which any can be taken together as one array."""

    columns: Columns
    features: Sequence[Feature]

    def select(self, positions: Sequence[int]) -> Rows:
        """Return some of the columns."""
        return Rows([self.columns[place] for place in positions], [self.features[place] for place in positions])

    def array(self) -> NDArray[Any]:
        """Return all columns as one array; what a frame of them would become where an estimator is given it."""
        stored = {feature.stored for feature in self.features}
        if not stored <= NUMBERS:
            matrix = np.empty((len(self.columns[0]), len(self.columns)), dtype=object)
            for place, values in enumerate(self.columns):
                matrix[:, place] = [np.nan if value is None else value for value in values]
            return matrix
        numbers = np.array(self.columns, dtype=np.float64).T
        if len(stored) == 1 and Storage.FLOAT not in stored and not np.isnan(numbers).any():
            return numbers.astype(np.int64 if Storage.INTEGER in stored else np.bool_, order="F")
        return numbers


@dataclass(frozen=True, slots=True)
class RowLayout:
    """How a signature's columns become what a form is given. Raises NotLean where there is no such way."""

    signature: Signature
    takes_columns: bool

    def __post_init__(self) -> None:
        """Refuse what only a frame can hold."""
        if any(feature.stored is Storage.CATEGORY for feature in self.signature.features):
            raise NotLean("it takes pandas categoricals")
        if self.signature.container in {Container.DICTIONARIES, Container.LABELS, Container.LABEL_SETS}:
            raise NotLean(f"it takes {self.signature.container}")
        if any(feature.stored is Storage.DATE for feature in self.signature.features):
            raise NotLean("it takes pandas' dates")
        if self.takes_columns and self.signature.features[0].type is FeatureType.VECTOR:
            raise NotLean("it picks columns out of a vector by their names")

    def numbers(self, columns: Columns) -> NDArray[Any] | None:
        """Return the numeric features alone, a row each, missing ones NaN; None where there are none."""
        features = self.signature.features
        if features[0].type is FeatureType.VECTOR:
            return np.array(columns[0], dtype=np.float64).reshape(len(columns[0]), features[0].length or 0)
        numeric = [values for values, one in zip(columns, features, strict=True) if one.stored in NUMBERS]
        return np.array(numeric, dtype=np.float64).T if numeric else None

    def rows(self, columns: Columns, numbers: NDArray[Any] | None) -> Any:
        """Return what the form is given. `numbers` are those of the same columns."""
        signature = self.signature
        if self.takes_columns:
            return Rows(columns, signature.features)
        if signature.container is Container.TEXTS or numbers is None or numbers.shape[1] < len(signature.features):
            return self._of_words(columns)
        if signature.container is Container.ARRAY:
            return np.ascontiguousarray(numbers)
        if all(feature.stored is Storage.FLOAT for feature in signature.features):
            return np.asfortranarray(numbers)
        return Rows(columns, signature.features).array()

    def _of_words(self, columns: Columns) -> Any:
        if self.signature.container is Container.FRAME:
            return Rows(columns, self.signature.features).array()
        return to_container(self.signature, columns)
