"""An estimator made such that skl2onnx takes it, and its graph can answer as it does."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.ensemble import VotingClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from inference.engines.onnx.feeds import MISSING
from inference.engines.thresholds import all_trees_of


def rewritten(estimator: Any, *, wide: bool) -> Any:
    """Return what is to be converted: the estimator, or a copy in which some have changed.

    - Graphs know no missing words. They get MISSING instead, which imputers and encoders must know.
    - Texts are written in small letters before a graph gets them: that is another locale's matter in a graph.
    - Trees ask `value <= threshold` of values of 32 bits. Of those, a threshold that is rounded down parts the same
      ones; one that is rounded to the nearest, as a converter does, may be a value that it was to let pass.
    - What skl2onnx trips over, and no answer depends on, is written otherwise.
    """
    trees = [] if wide else all_trees_of(estimator)
    if not trees and not any(type(one) in _CHANGES for one in nested(estimator)):
        return estimator
    copied = copy.deepcopy(estimator)
    for one in [*nested(copied)]:
        _CHANGES.get(type(one), _leave)(one)
    for tree in [] if wide else all_trees_of(copied):
        _narrow(tree.tree_.threshold)
    return copied


def nested(value: Any) -> Iterator[BaseEstimator]:
    """Yield all estimators that one holds, itself first."""
    if isinstance(value, BaseEstimator):
        yield value
        for one in vars(value).values():
            yield from nested(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from nested(one)
    elif isinstance(value, dict):
        yield from nested([*value.values()])


def _name_missing(imputer: Any) -> None:
    statistics = getattr(imputer, "statistics_", np.empty(0))
    if any(isinstance(one, str) for one in statistics.tolist()):
        imputer.missing_values = MISSING


def _name_missing_category(encoder: Any) -> None:
    for categories in getattr(encoder, "categories_", ()):
        last = categories[-1]  # where missing is
        if isinstance(last, float) and np.isnan(last) and isinstance(categories[0], str):
            categories[-1] = MISSING


def _take_small_letters(vectorizer: Any) -> None:
    vectorizer.lowercase = False


def _keep_votes_apart(voting: Any) -> None:
    voting.flatten_transform = False  # a matter of `transform` alone


def _leave(estimator: Any) -> None:
    """Change nothing."""


_CHANGES: Final[Mapping[type, Callable[[Any], None]]] = {
    CountVectorizer: _take_small_letters,
    OneHotEncoder: _name_missing_category,
    OrdinalEncoder: _name_missing_category,
    SimpleImputer: _name_missing,
    TfidfVectorizer: _take_small_letters,
    VotingClassifier: _keep_votes_apart,
}


def takes_small_letters(estimator: Any) -> bool:
    """Tell whether all that takes texts apart writes them in small letters first."""
    vectorizers = [one for one in nested(estimator) if isinstance(one, CountVectorizer)]
    return bool(vectorizers) and all(one.lowercase for one in vectorizers)


def _narrow(thresholds: NDArray[np.float64]) -> None:
    narrow = thresholds.astype(np.float32)
    above = narrow.astype(np.float64) > thresholds
    narrow[above] = np.nextafter(narrow[above], np.float32(-np.inf))
    thresholds[:] = narrow
