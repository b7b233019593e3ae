"""Rows checked before any of them enters a batch: what must not, and what may but is unusual."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from inference.card import FeatureType
from inference.errors import RowError
from inference.signature.faults import shown, value_fault
from inference.signature.screens import all_right, all_usual

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inference.signature.feature import Distribution, Feature, Signature


class WarningCode(StrEnum):
    """What is unusual, for programs; the message says it to people."""

    OUTSIDE_TRAINING_RANGE = "OUTSIDE_TRAINING_RANGE"
    UNSEEN_CATEGORY = "UNSEEN_CATEGORY"
    NEVER_MISSING = "NEVER_MISSING"


@dataclass(frozen=True, slots=True)
class RowWarning:
    """One unusual thing about a row."""

    field: str
    """The feature's source name."""
    code: WarningCode
    message: str


def check_rows(signature: Signature, columns: Sequence[Sequence[object]]) -> list[RowError]:
    """Return the first error of each row that the model must not be given, in the order of the rows.

    `columns[i]` holds the values of feature i for all rows, with defaults already filled in. While nothing is wrong,
    no Python code runs for each row.
    """
    errors: dict[int, RowError] = {}
    for feature, values in zip(signature.features, columns, strict=True):
        if all_right(feature, values):
            continue
        for index, value in enumerate(values):
            if index not in errors:
                fault = value_fault(feature, value)
                if fault is not None:
                    errors[index] = RowError(index, fault[0], fault[1], feature.source)
    return [errors[index] for index in sorted(errors)]


def row_warnings(signature: Signature, columns: Sequence[Sequence[object]]) -> list[list[RowWarning]]:
    """Return for each row what is unusual about it, in the order of the features; an empty list for an ordinary row.

    `columns[i]` holds the values of feature i for all rows, also of those that `check_rows` refuses.
    """
    warnings: list[list[RowWarning]] = [[] for _ in columns[0]]
    for feature, values in zip(signature.features, columns, strict=True):
        if all_usual(feature, values):
            continue
        for index, value in enumerate(values):
            unusual = _value_warning(feature, value)
            if unusual is not None:
                warnings[index].append(RowWarning(feature.source, *unusual))
    return warnings


def _value_warning(feature: Feature, value: Any) -> tuple[WarningCode, str] | None:
    """Say what is unusual about one value, None where nothing is, or where `check_rows` refuses it."""
    if value_fault(feature, value) is not None:
        return None
    if value is None:
        message = f"{feature.source} is missing; it was never missing in training"
        return (WarningCode.NEVER_MISSING, message) if feature.never_missing else None
    if feature.categories:
        message = f"{feature.source} is {value!r}, which was not seen in training"
        return (WarningCode.UNSEEN_CATEGORY, message) if value not in feature.categories else None
    seen = feature.distribution
    if seen is None:
        return None
    if feature.type is not FeatureType.VECTOR:
        return _range_warning(feature, seen, value, feature.source)
    elements = (
        _element_warning(feature, seen, element, f"{feature.source}[{position}]")
        for position, element in enumerate(value)
    )
    return next(filter(None, elements), None)  # one says enough about one vector


def _element_warning(
    feature: Feature, seen: Distribution, value: float | None, name: str
) -> tuple[WarningCode, str] | None:
    if value is not None:
        return _range_warning(feature, seen, value, name)
    message = f"{name} is missing; it was never missing in training"
    return (WarningCode.NEVER_MISSING, message) if feature.never_missing else None


def _range_warning(feature: Feature, seen: Distribution, value: float, name: str) -> tuple[WarningCode, str] | None:
    if seen.min <= value <= seen.max:
        return None
    low, high = shown(feature, seen.min), shown(feature, seen.max)
    return WarningCode.OUTSIDE_TRAINING_RANGE, f"{name} is {value}; between {low} and {high} were seen in training"
