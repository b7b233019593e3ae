"""Rows as arrays, laid out in memory as scikit-learn lays out the frames of their training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inference.card import FeatureType
from inference.engines.engine import Columns
from inference.engines.lean.form import NotLean
from inference.engines.lean.numbers import matrix_of, matrix_of_rows
from inference.signature.feature import Container, Signature, Storage
from inference.signature.matrix import to_container

NUMBERS: Final = {Storage.FLOAT, Storage.INTEGER, Storage.BOOLEAN}
"""How numbers stand in a matrix."""

Numbers = NDArray[Any] | None
"""The numeric features alone, a row each, missing ones NaN; None where there are none."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns of which any can be taken together as one array."""

    columns: Columns
    kinds: Sequence[Storage]
    """How each column is stored."""
    numbers: Numbers
    places: Sequence[int]
    """Which column of `numbers` each one is; -1 for words."""

    def select(self, positions: Sequence[int]) -> Rows:
        """Return some of the columns."""
        columns, kinds, places = self.columns, self.kinds, self.places
        return Rows(
            [columns[one] for one in positions],
            [kinds[one] for one in positions],
            self.numbers,
            [places[one] for one in positions],
        )

    def with_columns(self, columns: Columns) -> Rows:
        """Return other values in place of words."""
        return replace(self, columns=columns)

    def array(self) -> NDArray[Any]:
        """Return all columns as one array; what a frame of them would become where an estimator is given it."""
        if self.numbers is not None and -1 not in self.places:
            taken: NDArray[Any] = self.numbers.T.take(self.places, axis=0).T
            return taken if Storage.FLOAT in self.kinds else _typed(taken, {*self.kinds})
        matrix = np.empty((len(self.columns[0]), len(self.columns)), dtype=object)
        for place, values in enumerate(self.columns):
            matrix[:, place] = [np.nan if value is None else value for value in values]
        return matrix


class RowLayout:
    """How a signature's columns become what a form is given."""

    def __init__(self, signature: Signature, *, takes_columns: bool) -> None:
        """Choose the way. Raises NotLean where there is none."""
        _check(signature, takes_columns=takes_columns)
        self._signature = signature
        self._kinds = [feature.stored for feature in signature.features]
        self._stored = {*self._kinds}
        numeric = [place for place, kind in enumerate(self._kinds) if kind in NUMBERS]
        self._numeric = numeric
        self._places = [numeric.index(place) if place in numeric else -1 for place in range(len(self._kinds))]
        self._width = (signature.features[0].length or 0) if _is_vector(signature) else None
        self._lay_out = self._way(takes_columns=takes_columns)

    def numbers(self, columns: Columns) -> Numbers:
        """Return the numeric features alone."""
        if self._width is not None:
            return matrix_of_rows(columns[0], self._width)
        if len(self._numeric) == len(columns):
            return matrix_of(columns)
        return matrix_of([columns[place] for place in self._numeric]) if self._numeric else None

    def rows(self, columns: Columns, numbers: Numbers) -> Any:
        """Return what the form is given. `numbers` are those of the same columns."""
        return self._lay_out(columns, numbers)

    def _way(self, *, takes_columns: bool) -> Callable[[Columns, Numbers], Any]:
        signature, stored = self._signature, self._stored
        if takes_columns:
            return self._columns
        if signature.container is Container.TEXTS or not stored <= NUMBERS:
            of_frame = signature.container is Container.FRAME
            return self._array if of_frame else lambda columns, _: to_container(signature, columns)
        if signature.container is Container.ARRAY:
            return lambda _, numbers: np.ascontiguousarray(numbers)
        if Storage.FLOAT in stored:
            return lambda _, numbers: np.asfortranarray(numbers)
        return lambda _, numbers: _typed(np.asfortranarray(numbers), stored)

    def _columns(self, columns: Columns, numbers: Numbers) -> Rows:
        return Rows(columns, self._kinds, numbers, self._places)

    def _array(self, columns: Columns, numbers: Numbers) -> NDArray[Any]:
        return self._columns(columns, numbers).array()


def _check(signature: Signature, *, takes_columns: bool) -> None:
    """Raise NotLean for what only a frame can hold."""
    stored = {feature.stored for feature in signature.features}
    if Storage.CATEGORY in stored:
        raise NotLean("it takes pandas categoricals")
    if signature.container in {Container.DICTIONARIES, Container.LABELS, Container.LABEL_SETS}:
        raise NotLean(f"it takes {signature.container}")
    if Storage.DATE in stored:
        raise NotLean("it takes pandas' dates")
    if takes_columns and _is_vector(signature):
        raise NotLean("it picks columns out of a vector by their names")


def _is_vector(signature: Signature) -> bool:
    return signature.features[0].type is FeatureType.VECTOR


def _typed(numbers: NDArray[Any], stored: set[Storage]) -> NDArray[Any]:
    """Return numbers, of which none is stored as a float, with the type that a frame of their columns has."""
    if len(stored) > 1 or np.isnan(numbers).any():
        return numbers
    return numbers.astype(np.int64 if Storage.INTEGER in stored else np.bool_, order="F")
