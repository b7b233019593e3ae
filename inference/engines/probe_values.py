"""Values of one feature that are worth trying."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inference.card import FeatureType
from inference.signature.feature import Feature

_RANDOM: Final = 64
_MOST_EDGES: Final = 512
_WORDS: Final = 12
_LARGE: Final = 1e6
"""Of a feature of which nothing is known, numbers up to this are tried."""
_BEYOND: Final = 1.0
"""How many widths of its range beyond it are tried."""
_INT32: Final = 2.0**31 - 1


def values_to_try(
    feature: Feature, seen: Sequence[Any], thresholds: NDArray[np.float64] | None, random: np.random.Generator
) -> list[Any]:
    """Return values of a feature, None among them where it may be missing. `seen` are the sample's.

    Of numbers, the least stands first and the greatest second: between them, an engine is proved.
    """
    known = [value for value in seen if value is not None]
    if feature.type is FeatureType.TEXT:
        values = _texts(known, random)
    elif feature.type is FeatureType.BOOLEAN:
        values = [False, True]
    elif feature.type is FeatureType.CATEGORY:
        values = _words(feature, known)
    else:
        values = _numbers(feature, np.array(known, dtype=np.float64), thresholds, random)
    return [*values, None] if feature.nullable else values


def _words(feature: Feature, known: Iterable[Any]) -> list[Any]:
    values = list(dict.fromkeys([*map(str, feature.categories), *known]))
    return [*values, "", "never seen", *(f" {value.upper()} " for value in values[:3])] if feature.open else values


def _texts(known: Sequence[str], random: np.random.Generator) -> list[Any]:
    """Return texts of the sample, ones made of its words, and odd ones."""
    words = [word for text in known for word in text.split()] or ["word"]
    lengths = random.integers(1, _WORDS, size=_RANDOM)
    mixed = [" ".join(words[place] for place in random.integers(len(words), size=length)) for length in lengths]
    odd = ["", " ", "a", "UPPER lower", "ß İ ﬁ Å", "123 4.5", "...!?", "\t\n", "語 слово", "é e\u0301"]
    return [*known[:_MOST_EDGES], *mixed, *odd]


def _numbers(
    feature: Feature,
    seen: NDArray[np.float64],
    thresholds: NDArray[np.float64] | None,
    random: np.random.Generator,
) -> list[Any]:
    parts = [_in_range(feature, seen, thresholds, random), _edges(_some(np.unique(seen), random))]
    if thresholds is not None:
        parts.append(_beside(_some(thresholds, random)))
    if feature.categories:
        parts.append(np.array([float(value) for value in feature.categories]))
    values = np.concatenate(parts)
    whole = feature.type is FeatureType.INTEGER
    if whole:
        values = np.unique(np.clip(np.rint(values), -_INT32, _INT32))
    values = _allowed(feature, values)
    if not len(values):
        return [feature.example]  # no whole number lies between its limits
    random.shuffle(values)
    ordered = [values.min(), values.max(), *values]
    return [int(value) if whole else float(value) for value in ordered]


def _allowed(feature: Feature, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return those that are not refused before the model is asked."""
    low = -np.inf if feature.min is None else feature.min
    high = np.inf if feature.max is None else feature.max
    return values[(values >= low) & (values <= high)]


def _in_range(
    feature: Feature, seen: NDArray[np.float64], thresholds: NDArray[np.float64] | None, random: np.random.Generator
) -> NDArray[np.float64]:
    known = seen if thresholds is None else np.concatenate([seen, thresholds])
    limits = [one for one in (feature.min, feature.max) if one is not None]
    known = np.concatenate([known, limits])
    if len(np.unique(known)) < 2:  # noqa: PLR2004  # one number makes no range
        powers = 10.0 ** random.uniform(-3, np.log10(_LARGE), size=_RANDOM)
        return np.concatenate([powers, -powers, [0.0, -_LARGE, _LARGE], known])
    low, high = known.min(), known.max()
    beyond = _BEYOND * (high - low)
    inside = random.uniform(low, high, size=_RANDOM)
    outside = random.uniform(low - beyond, high + beyond, size=_RANDOM // 2)
    return np.concatenate([inside, outside, [low, high, low - beyond, high + beyond, 0.0]])


def _some(values: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    return values if len(values) <= _MOST_EDGES else random.choice(values, _MOST_EDGES, replace=False)


def _edges(seen: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values themselves, and what lies half way between neighbours: where trees ask their questions."""
    ordered = np.sort(seen)
    return np.concatenate([ordered, _beside((ordered[1:] + ordered[:-1]) / 2)])


def _beside(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values and the floats next to them, of 64 bits and of 32: scikit-learn's trees see rows in 32 bits."""
    narrow = values.astype(np.float32)
    beside = [np.nextafter(narrow, np.float32(end)) for end in (-np.inf, np.inf)]
    return np.concatenate(
        [values, np.nextafter(values, -np.inf), np.nextafter(values, np.inf), narrow, *beside], dtype=np.float64
    )
