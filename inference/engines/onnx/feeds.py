"""What a converted graph takes: all numbers as one matrix, texts as one column, or, beside words, each column alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from inference.card import FeatureType
from inference.engines.engine import Columns
from inference.engines.lean.form import NotLean
from inference.engines.lean.rows import NUMBERS, Numbers, RowLayout
from inference.engines.thresholds import all_trees_of
from inference.signature.feature import Container, Feature, Signature, Storage

ALL: Final = "rows"
"""The name of the only input of a graph that takes one matrix, or one column of texts."""

MISSING: Final = "\ue000missing"
"""What a graph is given for a word that is missing: graphs know no missing words. Nobody writes this character, which
is for private use; where somebody does, the native engine answers."""


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a graph: a matrix, or a column where its width is 1."""

    name: str
    is_text: bool
    width: int


class Feeds(Protocol):
    """Lays columns out as the inputs of a graph."""

    @property
    def wide(self) -> bool:
        """Numbers have 64 bits, else 32."""

    @property
    def converted(self) -> Any:
        """The estimator that the graph is made of."""

    @property
    def inputs(self) -> tuple[Input, ...]:
        """What the graph takes."""

    def numbers(self, columns: Columns) -> Numbers:
        """Return the numeric features alone, a row each."""

    def of(self, columns: Columns, numbers: Numbers) -> dict[str, Any] | None:
        """Return the inputs by name; None where the graph must not be given some row."""

    def complete(self, columns: Columns) -> list[int]:
        """Return the rows that the graph may be given."""


class WholeFeeds:
    """Feeds the graph of a whole estimator. Raises NotLean for rows that no graph takes."""

    def __init__(self, estimator: Any, signature: Signature, *, wide: bool, small_letters: bool = False) -> None:
        """`small_letters` says that texts are to be written so."""
        features = signature.features
        all_numbers = all(feature.stored in NUMBERS for feature in features)
        if signature.container is Container.ARRAY and not all_numbers:
            raise NotLean("it takes arrays of words")
        self.converted = estimator
        self.wide = wide
        self._layout = RowLayout(signature, takes_columns=False)
        self._dtype = np.float64 if wide else np.float32
        self._features = features
        self._small_letters = small_letters
        self._all_numbers = all_numbers
        # A tree in ONNX sends missing values another way.
        self._gaps = not all_trees_of(estimator)
        is_vector = features[0].type is FeatureType.VECTOR
        self._apart = signature.container is Container.FRAME and not is_vector and not all_numbers
        self.inputs = self._all_inputs()

    def _all_inputs(self) -> tuple[Input, ...]:
        if self._apart:
            return tuple(Input(one.source, one.stored is Storage.STRING, 1) for one in self._features)
        return (Input(ALL, not self._all_numbers, self._features[0].length or len(self._features)),)

    def numbers(self, columns: Columns) -> Numbers:
        """Return the numeric features alone, a row each."""
        return self._layout.numbers(columns)

    def of(self, columns: Columns, numbers: Numbers) -> dict[str, Any] | None:
        """Return the inputs by name; None where the graph must not be given some row."""
        if not self._gaps and numbers is not None and np.isnan(numbers).any():
            return None
        if not self._apart:
            if numbers is not None and self._all_numbers:
                return {ALL: np.ascontiguousarray(numbers, dtype=self._dtype)}
            texts = self._words(columns[0], self._features[0])
            return None if texts is None else {ALL: texts}
        of_numbers = iter(() if numbers is None else numbers.astype(self._dtype).T)
        fed = {}
        for feature, values in zip(self._features, columns, strict=True):
            if feature.stored is not Storage.STRING:
                fed[feature.source] = next(of_numbers)[:, np.newaxis]
                continue
            words = self._words(values, feature)
            if words is None:
                return None
            fed[feature.source] = words
        return fed

    def _words(self, values: Sequence[Any], feature: Feature) -> NDArray[Any] | None:
        """Return a column of words or texts; None for what a graph would take otherwise."""
        if feature.nullable:
            if MISSING in values:
                return None
            values = [MISSING if value is None else value for value in values]
        if feature.type is FeatureType.TEXT:
            # To ONNX Runtime, a letter is one of ASCII.
            if not all(map(str.isascii, values)):
                return None
            values = [*map(str.lower, values)] if self._small_letters else values
        return np.array(values, dtype=object)[:, np.newaxis]

    def complete(self, columns: Columns) -> list[int]:
        """Return the rows that the graph may be given."""
        numbers = self._layout.numbers(columns)
        texts = [values for values, one in zip(columns, self._features, strict=True) if one.type is FeatureType.TEXT]
        taken = np.array([all(map(_is_ascii, row)) for row in zip(*texts, strict=True)] or [True] * len(columns[0]))
        if not self._gaps and numbers is not None:
            taken &= ~np.isnan(numbers).any(axis=1)
        rows: list[int] = np.flatnonzero(taken).tolist()
        return rows


def _is_ascii(text: Any) -> bool:
    return text is None or text.isascii()
