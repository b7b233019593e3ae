"""A walk through a fitted estimator that follows each training column to the steps that know something of it.

One function for each kind of step, chosen by type: to teach the walk a new kind, register one more with `visit`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sklearn.base import OneToOneFeatureMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.feature_extraction import DictVectorizer, FeatureHasher
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer
from sklearn.feature_selection import SelectorMixin
from sklearn.frozen import FrozenEstimator
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    LabelBinarizer,
    LabelEncoder,
    MultiLabelBinarizer,
    OneHotEncoder,
    OrdinalEncoder,
    TargetEncoder,
)

from inference.errors import ArtifactError
from inference.signature.dictionaries import hasher_keys, vectorizer_keys
from inference.signature.findings import LOST, RAW, Columns, Findings, Known, Source
from inference.signature.friends import pandas_categories, texts, untold_categories
from inference.signature.from_sample import is_missing, plain
from inference.signature.labels import known_labels, labels_of_sets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@singledispatch
def visit(step: Any, columns: Columns, found: Findings) -> Columns:
    """Note what a fitted step knows of the columns that it is given; return the columns that it gives on."""
    for place, values in pandas_categories(step).items():
        source = columns[place] if place < len(columns) else None
        if source is not None and source.intact:
            found.categorical.add(source.position)
            if values:
                found.add(source.position, Known(values, closed=False))
    found.texts |= _sources(texts(step), columns)
    found.strings |= _sources(untold_categories(step), columns)
    for inner in inner_estimators(step):
        visit(inner, columns, found)
    return _changed(columns) if isinstance(step, OneToOneFeatureMixin) else LOST


def _sources(places: Iterable[int], columns: Columns) -> set[int]:
    """Return the positions in training of the columns at these places, as far as they can be followed."""
    sources = (columns[place] for place in places if place < len(columns))
    return {source.position for source in sources if source is not None}


_INNER: Final = ("best_estimator_", "estimators_", "estimator_", "regressor_")
"""Where fitted meta-estimators keep the fitted estimators that they hand their input to; the first that is there."""


def inner_estimators(step: Any) -> list[Any]:
    """List the fitted estimators that a meta-estimator hands its input to; none for an ordinary one."""
    if isinstance(step, FrozenEstimator):
        return [step.estimator]
    if isinstance(step, CalibratedClassifierCV):
        return [calibrated.estimator for calibrated in step.calibrated_classifiers_]
    for name in _INNER:
        inner = getattr(step, name, None)
        if isinstance(inner, np.ndarray):  # gradient boosting keeps a 2-d array of trees
            return list(inner.flat)
        if inner is not None:
            return inner if isinstance(inner, list) else [inner]
    return []


def _changed(columns: Iterable[Source | None]) -> Columns:
    return tuple(source and replace(source, intact=False) for source in columns)


@visit.register(Pipeline)
def _pipeline(step: Pipeline, columns: Columns, found: Findings) -> Columns:
    for _, inner in step.steps:
        if inner is not None and not isinstance(inner, str):
            columns = visit(inner, columns, found)
    return columns


@visit.register(FeatureUnion)
def _feature_union(step: FeatureUnion, columns: Columns, found: Findings) -> Columns:
    given: list[Columns] = []
    for _, inner in step.transformer_list:
        if inner == "passthrough":
            given.append(columns)
        elif not isinstance(inner, str):
            given.append(visit(inner, columns, found))
    return LOST if LOST in given else tuple(source for part in given for source in part)


@visit.register(ColumnTransformer)
def _column_transformer(step: ColumnTransformer, columns: Columns, found: Findings) -> Columns:
    names = [str(name) for name in getattr(step, "feature_names_in_", ())]
    if len(columns) != step.n_features_in_:
        columns = (None,) * step.n_features_in_
    given: dict[str, Columns] = {}
    for name, inner, chosen in step.transformers_:
        taken = tuple(columns[position] for position in positions(chosen, names, len(columns)))
        for source in taken:
            if source is not None:
                found.branches[source.position] = (*found.branches.get(source.position, ()), name)
        if inner == "passthrough":
            given[name] = taken
        elif not isinstance(inner, str) and taken:
            given[name] = visit(inner, taken, found)
    widths = {name: where.stop - where.start for name, where in step.output_indices_.items()}
    parts = [part if len(part) == widths[name] else (None,) * widths[name] for name, part in given.items()]
    return tuple(source for part in parts for source in part)


def positions(chosen: Any, names: Sequence[str], count: int) -> list[int]:
    """Turn a ColumnTransformer's choice of columns (names, positions, slice or mask) into positions."""
    if isinstance(chosen, slice):
        if isinstance(chosen.start, str) or isinstance(chosen.stop, str):  # by name, the last one included
            start = names.index(chosen.start) if chosen.start is not None else None
            stop = names.index(chosen.stop) + 1 if chosen.stop is not None else None
            chosen = slice(start, stop, chosen.step)
        return [*range(count)[chosen]]
    items = [chosen] if isinstance(chosen, str | int) else list(chosen)
    if items and all(isinstance(item, bool | np.bool_) for item in items):
        return [position for position, taken in enumerate(items) if taken]
    at = {name: position for position, name in enumerate(names)}
    return [at[item] if isinstance(item, str) else range(count)[int(item)] for item in items]


@visit.register(BaggingClassifier)
@visit.register(BaggingRegressor)
def _bagging(step: Any, columns: Columns, found: Findings) -> Columns:
    for inner, positions in zip(step.estimators_, step.estimators_features_, strict=True):
        followed = len(columns) == step.n_features_in_
        visit(inner, tuple(columns[position] for position in positions) if followed else LOST, found)
    return LOST


@visit.register(SimpleImputer)
@visit.register(KNNImputer)
@visit.register(SelectorMixin)
def _some_kept(step: Any, columns: Columns, found: Findings) -> Columns:
    """Keep the columns whose name comes out again: imputers drop empty ones and may add indicators."""
    if isinstance(step, SelectorMixin):
        for inner in inner_estimators(step):
            visit(inner, columns, found)
    names = list(getattr(step, "feature_names_in_", [f"column {position}" for position in range(len(columns))]))
    if len(columns) != step.n_features_in_:
        return LOST
    by_name = dict(zip(names, columns, strict=True))
    return tuple(by_name.get(name) for name in step.get_feature_names_out(names))


@visit.register(FunctionTransformer)
def _function(step: FunctionTransformer, columns: Columns, found: Findings) -> Columns:  # noqa: ARG001  # as all visits
    if step.func is None or columns == RAW:
        return columns
    # A function may do anything to a table; what comes from one column comes from that column.
    return _changed(columns) if len(columns) == 1 else LOST


@visit.register(OneHotEncoder)
@visit.register(OrdinalEncoder)
@visit.register(TargetEncoder)
def _encoder(step: Any, columns: Columns, found: Findings) -> Columns:
    closed = getattr(step, "handle_unknown", "ignore") == "error"
    categories = getattr(step, "categories_", ())
    if len(columns) != len(categories):
        return LOST
    for source, values in zip(columns, categories, strict=True):
        there = [value for value in values if not is_missing(value)]
        plainly = tuple(value for value in map(plain, there) if value is not None)
        # Dates and other objects have no type that a caller could send: as if there were no encoder.
        if source is not None and source.intact and len(plainly) == len(there):
            found.add(source.position, Known(plainly, closed, missing=len(there) < len(values)))
    return _changed(columns) if isinstance(step, OrdinalEncoder) else LOST


@visit.register(HistGradientBoostingClassifier)
@visit.register(HistGradientBoostingRegressor)
def _histogram_boosting(step: Any, columns: Columns, found: Findings) -> Columns:
    # Where columns of a frame are categories, an ordinary ColumnTransformer inside encodes them.
    inner = getattr(step, "_preprocessor", None)
    if inner is not None:
        visit(inner, columns, found)
    return LOST


@visit.register(CountVectorizer)
@visit.register(HashingVectorizer)
def _vectorizer(step: Any, columns: Columns, found: Findings) -> Columns:
    if step.input != "content":
        raise ArtifactError(
            found.where,
            f"its {type(step).__name__} reads files (input={step.input!r})",
            "Fit it on the texts themselves, with input='content'",
        )
    if columns == RAW:
        found.takes_texts = True
    found.texts.update(source.position for source in columns if source is not None)
    return LOST


@visit.register(DictVectorizer)
def _dictionaries(step: DictVectorizer, columns: Columns, found: Findings) -> Columns:
    return _keyed(vectorizer_keys(step, found.where), columns, found)


@visit.register(FeatureHasher)
def _hashed(step: FeatureHasher, columns: Columns, found: Findings) -> Columns:
    return _keyed(hasher_keys(step, found.where), columns, found)


def _keyed(keys: Mapping[str, tuple[str, ...]], columns: Columns, found: Findings) -> Columns:
    if columns == RAW:  # else a function before it makes the dictionaries
        found.keys = {**(found.keys or {}), **keys}
    return LOST


@visit.register(LabelEncoder)
@visit.register(LabelBinarizer)
def _labels(step: Any, columns: Columns, found: Findings) -> Columns:  # noqa: ARG001  # as all visits
    found.labels = known_labels(step, found.where)
    return LOST


@visit.register(MultiLabelBinarizer)
def _label_sets(step: MultiLabelBinarizer, columns: Columns, found: Findings) -> Columns:  # noqa: ARG001  # as all visits
    found.label_set = labels_of_sets(step, found.where)
    return LOST
