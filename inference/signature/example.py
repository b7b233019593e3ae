"""Example values that a model accepts: one real row of the sample where there is one."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inference.card import FeatureType
from inference.errors import CardError
from inference.signature.faults import no_category
from inference.signature.feature_type import NOUN, as_type, typed
from inference.signature.from_sample import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from inference.card import FeatureCard
    from inference.signature.feature import Category, Feature

    Example = Category | tuple[float, ...]


def with_examples(
    features: Sequence[Feature],
    cards: Mapping[str, FeatureCard],
    card_path: Path,
    sample: pd.DataFrame | None,
    given: Sequence[object] = (),
) -> tuple[Feature, ...]:
    """Give each feature its example: the card's, else the sample's, else a given one, else one that its facts suggest.

    `sample` has one column for each feature, in order; for a vector, one for each element. So has `given`, if any.
    Raises CardError for an example that the feature itself would refuse.
    """
    row = (given or None) if sample is None else _typical_row(sample, features)
    done = []
    for position, feature in enumerate(features):
        card = cards.get(feature.source)
        if card is not None and card.example is not None:
            example = _from_card(feature, card.example, card_path)
        elif feature.type is FeatureType.VECTOR:
            example = _vector(feature, row)
        else:
            example = _scalar(feature, None if row is None else row[position])
        done.append(replace(feature, example=example))
    return tuple(done)


def refusal(feature: Feature, value: Category) -> str | None:
    """Say why a feature refuses a value of its type, None where it does not."""
    if not feature.open and value not in feature.categories:
        return f"is {no_category(feature, value)}"
    if isinstance(value, str):
        return None
    if not math.isfinite(value):
        return "is not finite"
    if feature.min is not None and value < feature.min:
        return f"is below its min {feature.min}"
    if feature.max is not None and value > feature.max:
        return f"is above its max {feature.max}"
    return None


def _typical_row(sample: pd.DataFrame, features: Sequence[Feature]) -> list[object]:
    """Return the first row with all values, within the card's limits if possible; else each column's first value."""
    complete = sample.notna().all(axis="columns").to_numpy()
    numbers = sample.select_dtypes("number")
    complete = complete & np.isfinite(numbers.to_numpy(dtype=np.float64, na_value=np.nan)).all(axis=1)
    within = complete
    for position, feature in enumerate(features):
        values = sample.iloc[:, position]
        if feature.type is not FeatureType.VECTOR and pd.api.types.is_numeric_dtype(values.dtype):
            lowest = -np.inf if feature.min is None else feature.min
            highest = np.inf if feature.max is None else feature.max
            within = within & values.between(lowest, highest).to_numpy()
    for mask in (within, complete):
        if mask.any():
            row = int(mask.argmax())
            return list(sample.iloc[[row]].to_numpy(dtype=object)[0])
    return [next(iter(sample[name].dropna()), None) for name in sample.columns]


def _from_card(feature: Feature, written: Example, card_path: Path) -> Example:
    value = _typed_example(feature, written)
    if value is None:
        noun = f"a list of {feature.length} numbers" if feature.length else NOUN[feature.type]
        reason: str | None = f"is not {noun}"
    else:
        elements = value if isinstance(value, tuple) else (value,)
        reason = next((said for said in (refusal(feature, element) for element in elements) if said), None)
    if value is None or reason:
        why = f"the example of feature {feature.source!r}, {written!r}, {reason}"
        raise CardError(card_path, why, "Mend it or leave it out")
    return value


def _typed_example(feature: Feature, written: Example) -> Example | None:
    if feature.type is FeatureType.VECTOR:
        return written if isinstance(written, tuple) and len(written) == feature.length else None
    return None if isinstance(written, tuple) else typed(written, feature.type)


def _vector(feature: Feature, row: Sequence[object] | None) -> tuple[float, ...]:
    values = [0.0] * (feature.length or 0) if row is None else [plain(value) for value in row]
    return tuple(float(_nearest(feature, 0.0 if value is None else float(value))) for value in values)


def _scalar(feature: Feature, seen: object) -> Category:
    value = as_type(seen, feature.type)
    if value is not None and refusal(feature, value) is None:
        return value
    if feature.categories:
        return feature.categories[0]
    if feature.type in {FeatureType.CATEGORY, FeatureType.TEXT}:
        return "text"
    if feature.type is FeatureType.BOOLEAN:
        return False
    middle = feature.distribution.quartiles[1] if feature.distribution else 0.0
    return _nearest(feature, middle)


def _nearest(feature: Feature, value: float) -> float:
    """Move a number into the card's limits."""
    is_integer = feature.type is FeatureType.INTEGER
    if feature.min is not None and value < feature.min:
        value = math.ceil(feature.min) if is_integer else feature.min
    if feature.max is not None and value > feature.max:
        value = math.floor(feature.max) if is_integer else feature.max
    return round(value) if is_integer else float(value)
