"""The signature of a model: what its card, its sample and the estimator say, put together and proved by calls."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from inference.card import FeatureCard, FeatureType
from inference.errors import ArtifactError, CardError
from inference.signature.declared import in_order
from inference.signature.evidence import Evidence
from inference.signature.example import refusal, with_examples
from inference.signature.feature import Container, Signature, Storage
from inference.signature.feature_type import NOUN, typed
from inference.signature.from_estimator import read_estimator
from inference.signature.from_sample import describe_columns, distribution_of
from inference.signature.layout import lay_out
from inference.signature.merge import merge_column, merge_vector
from inference.signature.places import Places
from inference.signature.probe import probe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pandas as pd

    from inference.card import Card
    from inference.signature.declared import DeclaredColumn
    from inference.signature.feature import Feature
    from inference.signature.from_estimator import EstimatorFacts
    from inference.signature.from_sample import SeenColumn
    from inference.signature.layout import Layout


def infer_signature(  # noqa: PLR0913  # three sources, and the three places that errors name
    estimator: Any,
    card: Card,
    sample: pd.DataFrame | None,
    where: Path,
    *,
    card_path: Path | None = None,
    sample_path: Path | None = None,
    declared: Sequence[DeclaredColumn | None] = (),
) -> Signature:
    """Infer what a fitted estimator takes; of each fact the card's word is first, then the sample's, then its own.

    `sample` is what `read_sample` gave; `where` is the artifact, the other paths default to its neighbours.
    The estimator is called some times on variations of one row. Its warnings are not silenced here, because models
    load in parallel threads and filters are not safe among them: the caller sets one filter around all loading.

    Raises CardError, SampleError or ArtifactError, each naming its file and the mend.
    """
    places = Places(
        where,
        where.parent / "card.yaml" if card_path is None else card_path,
        where.parent / "sample.csv" if sample_path is None else sample_path,
    )
    facts = read_estimator(estimator, where)
    facts = _completed(replace(facts, declared=in_order(declared, facts.names)))
    layout = lay_out(facts, card, None if sample is None else describe_columns(sample), places)
    ordered = None if sample is None else sample[list(layout.sample_names)]
    if layout.length is None:
        features = _columns(layout, facts, card, places)
    else:
        features = (_vector(layout, layout.length, card, ordered, places),)
    features = with_examples(features, card.features, places.card, ordered, _given(facts, layout))
    draft = Signature(features, layout.container, layout.columns, layout.labels)
    alike = [(feature.type, *_treatment(facts, position)) for position, feature in enumerate(features)]
    mend = "Put a sample.csv with some rows of its training data beside it"
    if any(said.type for said in card.features.values()):
        mend = (
            f"Correct the types of features in {places.card}, or put a sample.csv with rows of training data beside it"
        )
    if sample is not None:
        mend = f"Check that {places.sample} holds rows of its training data, as they were given to fit"
    probed = _probed(lambda signature: probe(estimator, signature, where, mend, alike), draft, layout.seen)
    return replace(
        probed,
        features=tuple(
            _settle(feature, card, places, facts.declaration(position))
            for position, feature in enumerate(probed.features)
        ),
    )


def _completed(facts: EstimatorFacts) -> EstimatorFacts:
    """Take from the artifact how many columns there are, and their names, where the estimator itself knows neither."""
    if facts.names is not None or facts.count is not None or facts.takes_texts or not facts.declared:
        return facts
    names = [one.name for one in facts.declared if one is not None and one.name is not None]
    named = len(names) == len(facts.declared)
    return replace(facts, names=tuple(names) if named else None, count=len(facts.declared))


def _probed(
    probe_with: Callable[[Signature], Signature], draft: Signature, seen: Sequence[SeenColumn | None]
) -> Signature:
    """Probe with dates as the strings that they are in a sample; if the model cannot take those, with pandas' dates."""
    try:
        return probe_with(draft)
    except ArtifactError:
        dates = {position for position, one in enumerate(seen) if one is not None and one.dates}
        features = tuple(
            replace(feature, storage=Storage.DATE)
            if position in dates and feature.type is FeatureType.TEXT
            else feature
            for position, feature in enumerate(draft.features)
        )
        if features == draft.features or draft.container is not Container.FRAME:
            raise
        try:
            return probe_with(replace(draft, features=features))
        except ArtifactError:
            pass  # what it said of the strings as they stand is what a person can compare
        raise


def _columns(layout: Layout, facts: EstimatorFacts, card: Card, places: Places) -> tuple[Feature, ...]:
    return tuple(
        merge_column(
            Evidence(
                source=source,
                card=card.features.get(source, FeatureCard()),
                card_path=places.card,
                seen=_seen(seen, facts.declaration(position)),
                known=facts.known.get(position),
                is_text=facts.takes_texts or position in facts.texts,
                is_string=position in facts.strings,
                is_categorical=position in facts.categorical,
            )
        )
        for position, (source, seen) in enumerate(zip(layout.sources, layout.seen, strict=True))
    )


def _given(facts: EstimatorFacts, layout: Layout) -> list[object]:
    """Return the declared example of each column, where there are any."""
    examples = [one and one.example for one in facts.declared]
    has_any = any(example is not None for example in examples)
    return examples if has_any and len(examples) == (layout.length or len(layout.sources)) else []


def _seen(seen: SeenColumn | None, declared: DeclaredColumn | None) -> SeenColumn | None:
    return seen if declared is None else declared.together_with(seen)


def _treatment(facts: EstimatorFacts, position: int) -> tuple[object, ...]:
    """Sum up what is known of what the estimator does with a column: equal for columns that are treated alike."""
    known = facts.known.get(position)
    return facts.branches.get(position), known and (known.closed, known.missing)


def _vector(layout: Layout, length: int, card: Card, sample: pd.DataFrame | None, places: Places) -> Feature:
    numbers = None if sample is None else sample.to_numpy(dtype=np.float64, na_value=np.nan)
    return merge_vector(
        layout.sources[0],
        card.features.get(layout.sources[0], FeatureCard()),
        places.card,
        length,
        None if numbers is None else distribution_of(numbers),
        never_missing=numbers is not None and not np.isnan(numbers).any(),
    )


def _settle(feature: Feature, card: Card, places: Places, declared: DeclaredColumn | None) -> Feature:
    """Apply what the card says of missing values, now that it is known what the model says of them."""
    said = card.features.get(feature.source, FeatureCard())
    name = repr(feature.source)
    if said.required and said.default is not None:
        raise CardError(places.card, f"feature {name} is required and has a default", "Leave one of them out")
    if said.required is False and said.default is None and not feature.nullable:
        why = f"feature {name} is not required, but the model does not answer where it is missing"
        raise CardError(places.card, why, "Give it a default, or leave `required` out")
    if said.required or (declared is not None and declared.required and said.required is None):
        feature = replace(feature, nullable=False, gaps=False)
    if said.default is None:
        return feature
    default = typed(said.default, feature.type)
    reason = f"is not {NOUN[feature.type]}" if default is None else refusal(feature, default)
    if reason:
        raise CardError(places.card, f"the default of feature {name}, {said.default!r}, {reason}", "Mend it")
    return replace(feature, default=default)
