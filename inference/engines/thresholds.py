"""Where trees part their rows: engines may disagree there, and nowhere near."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import BaseDecisionTree

_LEAF = -2
"""What scikit-learn's trees have for a feature where they ask nothing."""


def thresholds_of(estimator: Any) -> dict[int, NDArray[np.float64]]:
    """Return the thresholds of a tree, or of an ensemble of trees, by column; empty for any other estimator."""
    by_column: dict[int, list[NDArray[np.float64]]] = {}
    for features, thresholds in _questions(estimator):
        for column in np.unique(features[features != _LEAF]).tolist():
            by_column.setdefault(column, []).append(thresholds[features == column])
    return {column: np.unique(np.concatenate(parts)) for column, parts in by_column.items()}


def _questions(estimator: Any) -> Iterator[tuple[NDArray[Any], NDArray[np.float64]]]:
    """Yield each tree's columns and thresholds, by node."""
    if isinstance(estimator, BaseDecisionTree):
        yield estimator.tree_.feature, estimator.tree_.threshold
    for trees in getattr(estimator, "_predictors", ()):  # histogram-based gradient boosting
        for nodes in (one.nodes for one in trees):
            asked = nodes[(nodes["is_leaf"] == 0) & np.isfinite(nodes["num_threshold"])]
            yield asked["feature_idx"].astype(np.int64), asked["num_threshold"]
    members = np.ravel(np.array(getattr(estimator, "estimators_", ()), dtype=object))
    picked = getattr(estimator, "estimators_features_", [None] * len(members))
    for member, columns in zip(members, picked, strict=False):
        if isinstance(member, BaseDecisionTree):
            own = member.tree_.feature
            features = own if columns is None else np.where(own == _LEAF, _LEAF, np.asarray(columns)[own])
            yield features, member.tree_.threshold
