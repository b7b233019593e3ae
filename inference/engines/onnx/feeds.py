"""What a converted graph takes: all numbers as one matrix, texts as one column, or, beside words, each column alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inference.card import FeatureType
from inference.engines.engine import Columns
from inference.engines.lean.form import NotLean
from inference.engines.lean.rows import NUMBERS, RowLayout
from inference.engines.thresholds import trees_of
from inference.signature.feature import Container, Signature, Storage

ALL: Final = "rows"
"""The name of the only input of a graph that takes one matrix, or one column of texts."""


@dataclass(frozen=True, slots=True)
class Feeds:
    """Lays columns out as the inputs of a graph."""

    signature: Signature
    wide: bool
    """Numbers have 64 bits, else 32."""
    gaps: bool
    """Numbers may be missing."""

    @classmethod
    def for_(cls, estimator: Any, signature: Signature, *, wide: bool) -> Feeds:
        """Return what the graph of an estimator takes. A tree in ONNX sends missing values another way."""
        return cls(signature, wide, gaps=not trees_of(estimator))

    @property
    def apart(self) -> bool:
        """Each column is an input of its own."""
        features = self.signature.features
        is_vector = features[0].type is FeatureType.VECTOR
        return self.signature.container is Container.FRAME and not is_vector and not self._all_numbers

    @property
    def _all_numbers(self) -> bool:
        return all(feature.stored in NUMBERS for feature in self.signature.features)

    def numbers(self, columns: Columns) -> NDArray[Any] | None:
        """Return the numeric features alone, a row each."""
        return RowLayout(self.signature, takes_columns=False).numbers(columns)

    def of(self, columns: Columns, numbers: NDArray[Any] | None) -> dict[str, Any] | None:
        """Return the inputs by name; None where something is missing that the graph has no value for."""
        if not self.gaps and numbers is not None and np.isnan(numbers).any():
            return None
        dtype = np.float64 if self.wide else np.float32
        if not self.apart:
            if numbers is not None and self._all_numbers:
                return {ALL: np.ascontiguousarray(numbers, dtype=dtype)}
            return {ALL: np.array(columns[0], dtype=object)[:, np.newaxis]}
        fed = {}
        for feature, values in zip(self.signature.features, columns, strict=True):
            if feature.stored is Storage.STRING:
                if None in values:
                    return None
                fed[feature.source] = np.array(values, dtype=object)[:, np.newaxis]
            else:
                fed[feature.source] = np.array(values, dtype=np.float64).astype(dtype)[:, np.newaxis]
        return fed


def check_takes(signature: Signature) -> None:
    """Raise NotLean for rows that no graph takes."""
    RowLayout(signature, takes_columns=False)
    if signature.container is Container.ARRAY and not all(one.stored in NUMBERS for one in signature.features):
        raise NotLean("it takes arrays of words")
