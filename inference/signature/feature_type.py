"""The type of a feature: what the sample and the estimator suggest, and whether the card may say otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from inference.card import FeatureType
from inference.errors import CardError
from inference.signature.from_sample import INT32, plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from inference.signature.evidence import Evidence
    from inference.signature.feature import Category
    from inference.signature.from_sample import SeenColumn

NOUN: Final = {
    FeatureType.FLOAT: "a number",
    FeatureType.INTEGER: "a whole number of 32 bits",
    FeatureType.BOOLEAN: "true or false",
    FeatureType.CATEGORY: "a string",
    FeatureType.TEXT: "a string",
    FeatureType.VECTOR: "a list of numbers",
}

_WORDS: Final = {FeatureType.CATEGORY, FeatureType.TEXT}


def decide_type(evidence: Evidence) -> FeatureType:
    """Decide the type of a feature that is one column: the card's, else the sample's, else the estimator's.

    Raises CardError where the card contradicts the others.
    """
    suggested = _suggested(evidence)
    wanted = evidence.card.type
    if wanted is None:
        if suggested is not None:
            return suggested
        return type_of(evidence.card.categories or ()) or FeatureType.FLOAT
    reason = _contradiction(wanted, suggested, evidence)
    if reason:
        why = f"it gives feature {evidence.source!r} the type {wanted}, but {reason}"
        mend = (
            f"Write type: {suggested}, or leave it out" if suggested else "Leave the type out, or list its categories"
        )
        raise CardError(evidence.card_path, why, mend)
    return wanted


def type_of(values: Iterable[Category]) -> FeatureType | None:
    """Return the one type that all these values have; None for none or for a mixture."""
    kinds = {type(value) for value in values}
    if not kinds:
        return None
    if kinds == {bool}:
        return FeatureType.BOOLEAN
    if kinds == {str}:
        return FeatureType.CATEGORY
    if kinds == {int} and all(fits_int32(value) for value in values):
        return FeatureType.INTEGER
    return FeatureType.FLOAT if kinds <= {int, float} else None


def fits_int32(value: Category) -> bool:
    """Whether this is a whole number that GraphQL's Int can hold; truth values are none."""
    return isinstance(value, int) and not isinstance(value, bool) and INT32[0] <= value <= INT32[1]


def typed(value: object, wanted: FeatureType) -> Category | None:
    """Return a value as the type wants it, None where it is of another type: 1 is a float, "1" is none."""
    if wanted in _WORDS:
        return value if isinstance(value, str) else None
    if wanted is FeatureType.BOOLEAN:
        return value if isinstance(value, bool) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if wanted is FeatureType.INTEGER:
        return int(value) if INT32[0] <= value <= INT32[1] and value == int(value) else None
    try:
        return float(value)
    except OverflowError:  # a whole number of more than 308 digits
        return None


def as_type(seen: object, kind: FeatureType) -> Category | None:
    """Read a cell of a sample as the feature's type, None where it is missing or cannot be read so.

    Strings may look like numbers in the file: the encoder knows better.
    """
    value = plain(seen)
    if value is None:
        return None
    if kind in {FeatureType.CATEGORY, FeatureType.TEXT}:
        return str(value)
    if kind is FeatureType.BOOLEAN:
        return bool(value)
    return typed(value, kind)


def _suggested(evidence: Evidence) -> FeatureType | None:
    if evidence.is_text:
        return FeatureType.TEXT
    known = type_of(evidence.known.categories) if evidence.known else None
    seen = evidence.seen.type if evidence.seen else None
    # Codes that look like numbers were strings in training, if the encoder says so.
    if known is FeatureType.CATEGORY:
        return known
    nobody_says = evidence.card.type is None and not evidence.card.categories
    return seen or known or (FeatureType.TEXT if evidence.is_string and nobody_says else None)


def _contradiction(wanted: FeatureType, suggested: FeatureType | None, evidence: Evidence) -> str | None:
    """Say why the card's type cannot be, None where it can."""
    if wanted is FeatureType.VECTOR:
        return "the model's features have names, and one field each"
    if wanted is FeatureType.CATEGORY and not evidence.categories_known:
        return "no categories of it are known"
    if suggested is None or wanted is suggested:
        return None
    if suggested in _WORDS and wanted in _WORDS:
        closed = evidence.known is not None and evidence.known.closed
        return "the model refuses all strings but its categories" if closed and wanted is FeatureType.TEXT else None
    if suggested in _WORDS or wanted in _WORDS or suggested is FeatureType.BOOLEAN:
        return f"the model takes {NOUN[suggested]}"
    return _lost_numbers(wanted, evidence.seen)


def _lost_numbers(wanted: FeatureType, seen: SeenColumn | None) -> str | None:
    """Say which numbers of the sample the card's type could not hold, None where it holds them all."""
    if seen is None or seen.distribution is None or wanted is FeatureType.FLOAT:
        return None
    low, high = (0, 1) if wanted is FeatureType.BOOLEAN else INT32
    if seen.whole and low <= seen.distribution.min <= seen.distribution.max <= high:
        return None
    return f"the sample holds values that are not {NOUN[wanted]}"
