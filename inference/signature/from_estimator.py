"""What a fitted estimator itself says of its input: names, count, categories and texts, wherever they sit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sklearn.isotonic import IsotonicRegression
from sklearn.pipeline import FeatureUnion, Pipeline

from inference.signature.findings import RAW, Findings, Known, Source
from inference.signature.friends import declared
from inference.signature.walk import inner_estimators, visit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from inference.signature.declared import DeclaredColumn
    from inference.signature.feature import Category


@dataclass(frozen=True, slots=True)
class EstimatorFacts:
    """What the estimator says. A column is known by its position in training, from 0."""

    names: tuple[str, ...] | None
    """The training names, where it was fitted on a frame."""
    count: int | None
    """How many columns it was fitted on."""
    takes_texts: bool
    """Its input is a list of strings, not a table."""
    texts: frozenset[int]
    """The columns that a text vectorizer takes."""
    strings: frozenset[int]
    """The columns of categories that the estimator does not tell."""
    known: Mapping[int, Known]
    """The columns whose values an encoder knows."""
    branches: Mapping[int, tuple[str, ...]]
    """Through which branches of ColumnTransformers a column goes: those of the same are treated alike."""
    categorical: frozenset[int] = frozenset()
    """The columns that were pandas categoricals in training."""
    keys: tuple[str, ...] | None = None
    """The keys of the dictionaries that it takes, none where it knows none; None where it takes no dictionaries."""
    takes_labels: bool = False
    """Its input is a list of labels, which are known as those of its only column."""
    label_set: tuple[Category, ...] | None = None
    """The labels of which it takes any number for each row; None where it takes no sets."""
    declared: tuple[DeclaredColumn | None, ...] = ()
    """What the artifact says of the columns; empty where it says nothing."""

    def declaration(self, position: int) -> DeclaredColumn | None:
        """Return what the artifact says of a column, None where it says nothing."""
        return self.declared[position] if position < len(self.declared) else None


def read_estimator(estimator: Any, where: Path) -> EstimatorFacts:
    """Read the facts of a fitted estimator; `where` is named in errors.

    Raises ArtifactError for an input that is neither a table nor texts.
    """
    names = _declared(estimator, "feature_names_in_")
    count = len(names) if names is not None else _count(estimator)
    found = Findings(where)
    visit(estimator, tuple(Source(position) for position in range(count)) if count else RAW, found)
    keys = found.keys or {}
    of_keys = {place: Known(values, closed=False) for place, values in enumerate(keys.values()) if values}
    of_labels = {0: Known(found.labels, closed=True)} if found.labels is not None else {}
    in_set = dict.fromkeys(range(len(found.label_set or ())), Known((False, True), closed=True))
    return EstimatorFacts(
        names=None if names is None else tuple(str(name) for name in names),
        count=None if count is None else int(count),
        takes_texts=found.takes_texts,
        texts=frozenset(found.texts),
        strings=frozenset(found.strings),
        known={**found.known, **of_keys, **of_labels, **in_set},
        branches=found.branches,
        categorical=frozenset(found.categorical),
        keys=None if found.keys is None else tuple(keys),
        takes_labels=found.labels is not None,
        label_set=found.label_set,
    )


def _count(estimator: Any) -> Any:
    # An isotonic regression takes one feature, and keeps no count of it.
    return 1 if isinstance(estimator, IsotonicRegression) else _declared(estimator, "n_features_in_")


def _declared(estimator: Any, attribute: str) -> Any:
    """Return an attribute of the first estimator that meets the caller's input and has it."""
    value = declared(estimator, attribute)
    if value is not None:
        return value
    for inner in _doors(estimator):
        value = _declared(inner, attribute)
        if value is not None:
            return value
    return None


def _doors(estimator: Any) -> list[Any]:
    """List the estimators inside this one that are given the same input as it."""
    if isinstance(estimator, Pipeline):
        steps = [step for _, step in estimator.steps if step not in {None, "passthrough"}]
        return steps[:1]
    if isinstance(estimator, FeatureUnion):
        return [step for _, step in estimator.transformer_list if not isinstance(step, str)]
    return inner_estimators(estimator)
