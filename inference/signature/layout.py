"""Which fields a model has and what it is given: one for each column, one vector for all, or one text."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from inference.card import FeatureType
from inference.errors import ArtifactError, CardError, SampleError, nearest
from inference.signature.feature import Container

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from inference.card import Card
    from inference.signature.feature import Category
    from inference.signature.from_estimator import EstimatorFacts
    from inference.signature.from_sample import SeenColumn
    from inference.signature.places import Places

MOST_NUMBERS: Final = 65_536
"""A longer vector is none that callers send, and its checks at the start would take gigabytes."""

MAX_FIELDS: Final = 128
"""More numeric columns than these are one vector."""

_NUMBERS: Final = {FeatureType.FLOAT, FeatureType.INTEGER, FeatureType.BOOLEAN, None}
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of a model, before anything is said of each."""

    container: Container
    sources: tuple[str, ...]
    """One name for each field."""
    seen: tuple[SeenColumn | None, ...] = ()
    """What the sample says of each field; empty for a vector."""
    sample_names: tuple[str, ...] = ()
    """The sample's columns in training order; empty without a sample."""
    length: int | None = None
    """How many columns the only field, a vector, stands for."""
    columns: tuple[str, ...] = ()
    """The training names of those columns, where there are."""
    labels: tuple[Category, ...] = ()
    """The labels that the fields are about, where it takes sets of them."""


def lay_out(facts: EstimatorFacts, card: Card, seen: Mapping[str, SeenColumn] | None, places: Places) -> Layout:
    """Decide a model's fields from the estimator, the card and the sample's columns (None without a sample).

    Raises ArtifactError for too long a vector, SampleError where the columns of the sample are others, CardError where
    the card describes others.
    """
    if facts.takes_texts:
        layout = _single(Container.TEXTS, "text", card, seen, places)
    elif facts.takes_labels:
        layout = _single(Container.LABELS, "label", card, seen, places)
    elif facts.label_set is not None:
        names = tuple(str(label) for label in facts.label_set)
        layout = _of_names(Container.LABEL_SETS, names, seen, places, facts.label_set)
    elif facts.keys is not None:
        layout = _keyed(facts.keys or tuple(seen or card.features), seen, places)
    elif facts.names is not None:
        layout = _named(facts, facts.names, card, seen, places)
    else:
        layout = _nameless(facts, card, seen, places)
    if layout.length is not None and layout.length > MOST_NUMBERS:
        why = f"it was fitted on {layout.length} columns, and at most {MOST_NUMBERS} numbers can be sent for a row"
        mend = "If they were a sparse matrix, serve a pipeline that begins with what made it, such as a text vectorizer"
        raise ArtifactError(places.artifact, why, mend)
    _check_card(card, layout, places)
    return layout


def _check_card(card: Card, layout: Layout, places: Places) -> None:
    for name in card.features:
        if name in layout.sources:
            continue
        known = nearest(name, layout.sources) if len(layout.sources) <= _SHOWN else _like(name, layout.sources)
        why = f"it describes a feature {name!r} that the model does not have{known}"
        if layout.length is None:
            raise CardError(places.card, why, "Write the name as it was in training")
        mend = f"Describe all {layout.length} numbers together as {layout.sources[0]!r}"
        raise CardError(places.card, why, f"{mend}, or under one name of your own with `type: vector`")


def _single(
    container: Container, noun: str, card: Card, seen: Mapping[str, SeenColumn] | None, places: Places
) -> Layout:
    if seen is None:
        return Layout(container, (next(iter(card.features), noun),), (None,))
    if len(seen) != 1:
        why = f"it has {len(seen)} columns ({_listed(seen)}); the model takes one {noun}"
        raise SampleError(places.sample, why, f"Keep only the column of {noun}s")
    return Layout(container, tuple(seen), tuple(seen.values()), tuple(seen))


def _keyed(keys: tuple[str, ...], seen: Mapping[str, SeenColumn] | None, places: Places) -> Layout:
    if not keys:
        why = "it takes dictionaries, and does not know with which keys"
        mend = "Name them in card.yaml under features, with their types, or put a sample.csv with a column for each"
        raise ArtifactError(places.artifact, why, mend)
    return _of_names(Container.DICTIONARIES, keys, seen, places)


def _of_names(
    container: Container,
    names: tuple[str, ...],
    seen: Mapping[str, SeenColumn] | None,
    places: Places,
    labels: tuple[Category, ...] = (),
) -> Layout:
    if seen is not None:
        _check_names(names, seen, places)
    columns = tuple(seen[name] if seen else None for name in names)
    return Layout(container, names, columns, names if seen else (), labels=labels)


def _named(
    facts: EstimatorFacts,
    names: tuple[str, ...],
    card: Card,
    seen: Mapping[str, SeenColumn] | None,
    places: Places,
) -> Layout:
    if seen is not None:
        _check_names(names, seen, places)
    columns = tuple(seen[name] if seen else None for name in names)
    sample_names = names if seen else ()
    if len(names) > MAX_FIELDS and _all_numbers(facts, columns) and not _describes_words(card, names):
        source = _vector_key(card) or "features"
        return Layout(Container.FRAME, (source,), sample_names=sample_names, length=len(names), columns=names)
    return Layout(Container.FRAME, names, columns, sample_names)


def _nameless(facts: EstimatorFacts, card: Card, seen: Mapping[str, SeenColumn] | None, places: Places) -> Layout:
    count = facts.count if facts.count is not None or seen is None else len(seen)
    if count is None:
        why = "it does not say how many features it takes"
        raise ArtifactError(places.artifact, why, "Put a sample.csv with some rows of training data beside it")
    if seen is not None and len(seen) != count:
        why = f"it has {len(seen)} columns ({_listed(seen)}); the model takes {count}"
        raise SampleError(places.sample, why, "Keep the columns that the model was fitted on, without the target")
    header = tuple(seen) if seen else ()
    named = bool(header) and header != tuple(str(position) for position in range(count))
    columns = tuple(seen.values()) if seen else (None,) * count
    if _all_numbers(facts, columns) and (not named or count > MAX_FIELDS or _vector_key(card)):
        return Layout(Container.ARRAY, (_vector_key(card) or "features",), sample_names=header, length=count)
    sources = header if named else tuple(f"x{position}" for position in range(count))
    # A model that does not even say how many features it takes may well pick them by name.
    container = Container.FRAME if facts.count is None and named else Container.ARRAY
    return Layout(container, sources, columns, header)


def _all_numbers(facts: EstimatorFacts, columns: Iterable[SeenColumn | None]) -> bool:
    if facts.known or facts.texts or facts.strings:
        return False
    if any(column and column.type not in _NUMBERS for column in facts.declared):
        return False
    return all(column is None or column.type in _NUMBERS for column in columns)


def _describes_words(card: Card, names: Sequence[str]) -> bool:
    words = {FeatureType.CATEGORY, FeatureType.TEXT}
    return any(feature.type in words for name, feature in card.features.items() if name in names)


def _vector_key(card: Card) -> str | None:
    """Return the name that the card gives to the vector of all columns."""
    for name, feature in card.features.items():
        if len(card.features) == 1 and feature.type is FeatureType.VECTOR:
            return name
    return None


def _check_names(names: Sequence[str], seen: Mapping[str, SeenColumn], places: Places) -> None:
    missing = [name for name in names if name not in seen]
    extra = [name for name in seen if name not in set(names)]
    if not missing and not extra:
        return
    parts = []
    if missing:
        parts.append(f"lacks {_listed(missing)}{_like(missing[0], extra)}")
    if extra:
        parts.append(f"has {_listed(extra)}, which the model was not fitted on")
    raise SampleError(
        places.sample,
        f"it {' and '.join(parts)}",
        "Write the training features alone, without the target: X.head(1000).to_csv(path, index=False)",
    )


def _like(name: str, others: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, others, n=1)
    return f" (is {near[0]!r} meant?)" if near else ""


def _listed(names: Iterable[str]) -> str:
    quoted = [repr(name) for name in names]
    more = f" and {len(quoted) - _SHOWN} more" if len(quoted) > _SHOWN else ""
    return ", ".join(quoted[:_SHOWN]) + more
