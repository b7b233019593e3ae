"""What is wrong with one value of a feature: the slow path, taken only where a column is not certainly right."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from inference.card import FeatureType
from inference.errors import ErrorCode, nearest
from inference.signature.dates import fits
from inference.signature.feature import Storage
from inference.signature.feature_type import NOUN, typed
from inference.signature.from_sample import is_missing

if TYPE_CHECKING:
    from inference.signature.feature import Feature

_NUMBERS: Final = {FeatureType.FLOAT, FeatureType.INTEGER}
_LISTED: Final = 10


def value_fault(feature: Feature, value: object) -> tuple[ErrorCode, str] | None:
    """Say what is wrong with one value of a feature, None where nothing is."""
    if value is None:
        message = f"{feature.source} is missing; it must be {NOUN[feature.type]}"
        return None if feature.nullable else (ErrorCode.BAD_USER_INPUT, message)
    if feature.type is FeatureType.VECTOR:
        return _vector_fault(feature, value)
    fault = _scalar_fault(feature, value)
    if fault is None and not feature.open and value not in feature.categories:
        return ErrorCode.UNKNOWN_CATEGORY, f"{feature.source} is {value!r}, {no_category(feature, value)}"
    return fault


def _scalar_fault(feature: Feature, value: object) -> tuple[ErrorCode, str] | None:
    """Say what is wrong with a value that is not missing, its category aside."""
    exact = typed(value, feature.type)
    if feature.type in _NUMBERS and isinstance(value, float) and not math.isfinite(value):
        return ErrorCode.BAD_USER_INPUT, f"{feature.source} is {value}; it must be finite"
    if exact is None or (feature.type is FeatureType.INTEGER and isinstance(value, float)):
        return ErrorCode.BAD_USER_INPUT, f"{feature.source} is {value!r}; it must be {NOUN[feature.type]}"
    if feature.stored is Storage.DATE and not fits(value, feature.example):
        message = f"{feature.source} is {value!r}; it must be a date, such as {feature.example!r}"
        return ErrorCode.BAD_USER_INPUT, message
    return None if isinstance(exact, str) else _range_fault(feature, exact, feature.source)


def _range_fault(feature: Feature, value: float, name: str) -> tuple[ErrorCode, str] | None:
    if (feature.min is not None and value < feature.min) or (feature.max is not None and value > feature.max):
        return ErrorCode.OUT_OF_RANGE, f"{name} is {value}; {_limits(feature)}"
    return None


def _vector_fault(feature: Feature, value: object) -> tuple[ErrorCode, str] | None:
    name = feature.source
    if not isinstance(value, list | tuple):
        return ErrorCode.BAD_USER_INPUT, f"{name} is {value!r}; it must be {NOUN[feature.type]}"
    if len(value) != feature.length:
        return ErrorCode.WRONG_LENGTH, f"{name} has {len(value)} numbers; it must have {feature.length}"
    for position, element in enumerate(value):
        if feature.gaps and is_missing(element):
            continue
        exact = typed(element, FeatureType.FLOAT)
        if not isinstance(exact, float) or not math.isfinite(exact):
            return ErrorCode.BAD_USER_INPUT, f"{name}[{position}] is {element!r}; it must be a finite number"
        fault = _range_fault(feature, exact, f"{name}[{position}]")
        if fault is not None:
            return fault
    return None


def _limits(feature: Feature) -> str:
    if feature.max is None:
        return f"it must be at least {shown(feature, feature.min)}"
    if feature.min is None:
        return f"it must be at most {shown(feature, feature.max)}"
    return f"it must be between {shown(feature, feature.min)} and {shown(feature, feature.max)}"


def shown(feature: Feature, value: float | None) -> str:
    """Write a bound as values of this feature are written."""
    is_whole = feature.type is FeatureType.INTEGER and value is not None and value == int(value)
    return str(int(value)) if is_whole and value is not None else str(value)


def no_category(feature: Feature, value: object) -> str:
    """Say that a value is none of the categories, and which are."""
    clause = nearest(str(value), [str(category) for category in feature.categories])
    if clause.startswith("; the nearest") or len(feature.categories) <= _LISTED:
        return f"no known category{clause}"
    return f"no known category; {len(feature.categories)} are known, such as {feature.categories[0]!r}"
