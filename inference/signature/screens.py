"""Whether a whole column is certainly in order: found by loops in C, since nearly always it is."""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from inference.card import FeatureType
from inference.signature.dates import fits
from inference.signature.feature import Container, Storage
from inference.signature.from_sample import INT32
from inference.stacking import stacked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from inference.signature.feature import Feature, Signature

_EXACT: Final[dict[FeatureType, set[type]]] = {
    FeatureType.FLOAT: {float, int},
    FeatureType.INTEGER: {int},
    FeatureType.BOOLEAN: {bool},
    FeatureType.CATEGORY: {str},
    FeatureType.TEXT: {str},
}
"""The types of which a column without surprises is made."""

ARRAY_ROWS: Final = 32
"""Of fewer rows of plain numbers no arrays are made: one costs as much as so many values."""

_NUMBERS: Final = {FeatureType.FLOAT, FeatureType.INTEGER}


class RowScreen:
    """Whether all rows of a call are certainly in order: all plain numbers are looked at together, in three loops."""

    def __init__(self, signature: Signature) -> None:
        self._vector = next((feature for feature in signature.features if feature.type is FeatureType.VECTOR), None)
        self._takes_arrays = signature.container in {Container.FRAME, Container.ARRAY} and all(
            feature.stored is Storage.FLOAT and _is_plain_number(feature) for feature in signature.features
        )
        self._plain = [place for place, feature in enumerate(signature.features) if _is_plain_number(feature)]
        self._others = [
            (place, feature) for place, feature in enumerate(signature.features) if not _is_plain_number(feature)
        ]

    @property
    def array_rows(self) -> float:
        """From how many rows on arrays are worth while; infinite where there are none."""
        if self._vector:
            return 1
        return ARRAY_ROWS if self._takes_arrays else math.inf

    def arrays(self, columns: Sequence[Any]) -> list[NDArray[np.float64]] | None:
        """Return rows of floats, or of lists of floats, as arrays, one per feature, a row in the first axis.

        None where that is not possible, or where one is nothing that the model may be given.
        """
        if self._vector:
            vectors = _vectors(self._vector, columns[0])
            return None if vectors is None else [vectors]
        arrays = stacked(columns, len(columns[0]))
        return [*arrays] if np.isfinite(arrays).all() else None

    def passes(self, columns: Sequence[Sequence[Any]]) -> bool:
        """Tell whether the rows hold nothing that the model must not be given. If in doubt, no."""
        numbers = [columns[place] for place in self._plain]
        try:
            right = {*map(type, chain.from_iterable(numbers))} <= _EXACT[FeatureType.FLOAT]
            # A sum is finite only if all that went into it is.
            right = right and math.isfinite(sum(map(sum, numbers)))
        except OverflowError:  # too large to add up
            return False
        return right and all(all_right(feature, columns[place]) for place, feature in self._others)


def _is_plain_number(feature: Feature) -> bool:
    """Tell whether any finite number will do."""
    without_limits = feature.min is None and feature.max is None and feature.open and not feature.nullable
    return feature.type is FeatureType.FLOAT and without_limits


def all_right(feature: Feature, values: Sequence[object]) -> bool:
    """Whether a column certainly holds nothing that the model must not be given. If in doubt, no."""
    try:
        if feature.type is FeatureType.VECTOR:
            return _vectors_right(feature, values)
        return _scalars_right(feature, values)
    except (TypeError, ValueError, OverflowError):  # something missing, of another type, or too large to add up
        return False


def _scalars_right(feature: Feature, values: Sequence[object]) -> bool:
    kinds = set(map(type, values))
    if feature.nullable and type(None) in kinds:
        values = [value for value in values if value is not None]
        kinds.discard(type(None))
    if not kinds <= _EXACT[feature.type]:
        return False
    if feature.stored is Storage.DATE:
        return all(fits(value, feature.example) for value in values)
    if not feature.open and not set(values) <= set(feature.categories):
        return False
    return feature.type not in _NUMBERS or not values or _numbers_right(feature, values)


def _numbers_right(feature: Feature, values: Sequence[Any]) -> bool:
    lowest, highest = (
        -math.inf if feature.min is None else feature.min,
        math.inf if feature.max is None else feature.max,
    )
    if feature.type is FeatureType.INTEGER:
        lowest, highest = max(lowest, INT32[0]), min(highest, INT32[1])
    # A sum is finite only if all that went into it is.
    elif not math.isfinite(sum(values)):
        return False
    return (lowest == -math.inf or min(values) >= lowest) and (highest == math.inf or max(values) <= highest)


def _vectors_right(feature: Feature, values: Sequence[Any]) -> bool:
    if not set(map(type, values)) <= {list, tuple}:
        return False
    sum(map(sum, values))  # raises where something is no number; an array would be made of numbers in texts, too
    return _vectors(feature, values) is not None


def _vectors(feature: Feature, values: Sequence[Any]) -> NDArray[np.float64] | None:
    """Return lists of numbers below each other; None where they are nothing that the model may be given."""
    try:
        if {*map(len, values)} != {feature.length}:
            return None
        vectors = stacked(values, feature.length or 0)
    except (TypeError, ValueError, OverflowError):  # something missing, of another type, or too large
        return None
    lowest, highest = _span(vectors)
    if not (math.isfinite(lowest) and math.isfinite(highest)):  # one that is no number is both
        return None
    right = (feature.min is None or lowest >= feature.min) and (feature.max is None or highest <= feature.max)
    return vectors if right else None


def _span(vectors: Any) -> tuple[float, float]:
    """Return the least and the greatest element."""
    elements = np.asarray(vectors, dtype=np.float64)
    return float(elements.min()), float(elements.max())


def all_usual(feature: Feature, values: Sequence[Any]) -> bool:
    """Whether a column certainly holds nothing that was never seen in training. If in doubt, no."""
    try:
        return _usual(feature, values)
    except (TypeError, ValueError, OverflowError):  # something missing inside, of another type or length, or too large
        return False


def _usual(feature: Feature, values: Sequence[Any]) -> bool:
    if feature.categories:
        usual = {*feature.categories} if feature.never_missing else {*feature.categories, None}
        return usual.issuperset(values)
    if None in values:
        return False
    seen = feature.distribution
    if seen is None or not values:
        return True
    if feature.type is FeatureType.VECTOR:
        lowest, highest = _span(values)
    else:
        lowest, highest = min(values), max(values)
    return bool(lowest >= seen.min and highest <= seen.max)
