"""One feature from all that is known of it: the card first, then the sample, then the estimator."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from inference.card import FeatureType
from inference.errors import CardError
from inference.signature.feature import Feature, Storage
from inference.signature.feature_type import NOUN, decide_type, typed

if TYPE_CHECKING:
    from pathlib import Path

    from inference.card import FeatureCard
    from inference.signature.evidence import Evidence
    from inference.signature.feature import Category, Distribution

_BOUNDED: Final = {FeatureType.FLOAT, FeatureType.INTEGER, FeatureType.VECTOR}


def merge_column(evidence: Evidence) -> Feature:
    """Build the feature of one column; what only a call of the model can tell, and the example, come later.

    Raises CardError where the card contradicts itself, the sample or the estimator.
    """
    kind = decide_type(evidence)
    card, seen = evidence.card, evidence.seen
    check_limits(evidence.source, kind, card, evidence.card_path)
    categories = _categories(evidence, kind)
    return Feature(
        source=evidence.source,
        type=kind,
        never_missing=seen is not None and not seen.missing,
        min=card.min,
        max=card.max,
        distribution=seen.distribution if seen and kind in _BOUNDED else None,
        categories=categories,
        open=not (categories and evidence.known is not None and evidence.known.closed),
        unit=card.unit,
        description=card.description,
        graphql_name=card.graphql_name,
        storage=_storage(evidence, kind),
    )


def merge_vector(  # noqa: PLR0913  # each is one fact of the only feature
    source: str,
    card: FeatureCard,
    card_path: Path,
    length: int,
    distribution: Distribution | None,
    *,
    never_missing: bool,
) -> Feature:
    """Build the only feature of a model that takes all its numbers as one vector."""
    if card.type not in {None, FeatureType.VECTOR}:
        why = f"it gives feature {source!r} the type {card.type}, but it stands for {length} columns"
        raise CardError(card_path, why, "Write type: vector, or leave it out")
    for key, value in (("default", card.default), ("categories", card.categories)):
        if value is not None:
            raise CardError(card_path, f"it gives the vector {source!r} {key}", "Leave them out")
    check_limits(source, FeatureType.VECTOR, card, card_path)
    return Feature(
        source=source,
        type=FeatureType.VECTOR,
        never_missing=never_missing,
        min=card.min,
        max=card.max,
        distribution=distribution,
        length=length,
        unit=card.unit,
        description=card.description,
        graphql_name=card.graphql_name,
    )


def check_limits(source: str, kind: FeatureType, card: FeatureCard, card_path: Path) -> None:
    """Raise CardError where `min` and `max` make no sense."""
    for key, value in (("min", card.min), ("max", card.max)):
        if value is None:
            continue
        if kind not in _BOUNDED:
            raise CardError(card_path, f"it gives feature {source!r} a {key}, but it is {NOUN[kind]}", "Leave it out")
        if not math.isfinite(value):
            raise CardError(card_path, f"{key} of feature {source!r} is {value}", "Write a finite number")
    if card.min is not None and card.max is not None and card.min > card.max:
        why = f"min of feature {source!r} is {card.min}, more than its max {card.max}"
        raise CardError(card_path, why, "Exchange them")


def _categories(evidence: Evidence, kind: FeatureType) -> tuple[Category, ...]:
    known = evidence.known.categories if evidence.known else ()
    if kind is FeatureType.TEXT:
        return ()
    if evidence.card.categories is not None:
        return _card_categories(evidence, kind)
    if known:
        values = tuple(value for value in (typed(value, kind) for value in known) if value is not None)
        return () if set(values) == {False, True} and kind is FeatureType.BOOLEAN else values
    return evidence.seen.strings if evidence.seen and kind is FeatureType.CATEGORY else ()


def _card_categories(evidence: Evidence, kind: FeatureType) -> tuple[Category, ...]:
    """Check the card's categories: of the feature's type, each once, and none that the model refuses."""
    categories: list[Category] = []
    for written in evidence.card.categories or ():
        value = typed(written, kind)
        where = f"category {written!r} of feature {evidence.source!r}"
        if value is None:
            raise CardError(evidence.card_path, f"{where} is not {NOUN[kind]}", "Quote strings, or mend the type")
        if value in categories:
            raise CardError(evidence.card_path, f"{where} stands there twice", "Keep one of them")
        known = evidence.known
        if known is not None and known.closed and value not in known.categories:
            listed = ", ".join(map(repr, known.categories))
            raise CardError(evidence.card_path, f"{where} is refused by the model", f"Choose from {listed}")
        categories.append(value)
    return tuple(categories)


def _storage(evidence: Evidence, kind: FeatureType) -> Storage | None:
    """Whole numbers and truth values stand as they stood in the sample; all others as their type says."""
    if evidence.is_categorical:
        return Storage.CATEGORY
    if kind in {FeatureType.INTEGER, FeatureType.BOOLEAN} and evidence.seen and evidence.seen.type:
        return evidence.seen.storage
    return None
