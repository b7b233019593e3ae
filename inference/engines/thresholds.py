"""Where trees part their rows: engines may disagree there, and nowhere near."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.tree import BaseDecisionTree

_LEAF = -2
"""What scikit-learn's trees have for a feature where they ask nothing."""


def thresholds_of(estimator: Any) -> dict[int, NDArray[np.float64]]:
    """Return the thresholds of a tree, or of an ensemble of trees, by column; empty for any other estimator."""
    by_column: dict[int, list[NDArray[np.float64]]] = {}
    for features, thresholds in _questions(estimator):
        # Whether a value is missing is asked with an infinite threshold.
        asks = (features != _LEAF) & np.isfinite(thresholds)
        for column in np.unique(features[asks]).tolist():
            by_column.setdefault(column, []).append(thresholds[asks & (features == column)])
    return {column: np.unique(np.concatenate(parts)) for column, parts in by_column.items()}


def trees_of(estimator: Any) -> list[Any]:
    """Return the tree that an estimator is, or the trees that it is an ensemble of."""
    if isinstance(estimator, BaseDecisionTree):
        return [estimator]
    members = np.ravel(np.array(getattr(estimator, "estimators_", ()), dtype=object))
    return [member for member in members if isinstance(member, BaseDecisionTree)]


def all_trees_of(value: Any) -> list[Any]:
    """Return all trees that an estimator has in it, however deep: those of a pipeline's steps, of what votes."""
    if isinstance(value, BaseDecisionTree):
        return [value] if hasattr(value, "tree_") else []  # a forest keeps one that was never fitted, too
    if isinstance(value, BaseEstimator):
        return all_trees_of([*vars(value).values()])
    if isinstance(value, dict):
        return all_trees_of([*value.values()])
    if isinstance(value, np.ndarray) and value.dtype == object:
        return all_trees_of(value.ravel().tolist())
    return [tree for one in value for tree in all_trees_of(one)] if isinstance(value, list | tuple) else []


def _questions(estimator: Any) -> Iterator[tuple[NDArray[Any], NDArray[np.float64]]]:
    """Yield each tree's columns and thresholds, by node."""
    for trees in getattr(estimator, "_predictors", ()):  # histogram-based gradient boosting
        for nodes in (one.nodes for one in trees):
            asked = nodes[(nodes["is_leaf"] == 0) & np.isfinite(nodes["num_threshold"])]
            yield asked["feature_idx"].astype(np.int64), asked["num_threshold"]
    trees = trees_of(estimator)
    picked = getattr(estimator, "estimators_features_", [None] * len(trees))
    for tree, columns in zip(trees, picked, strict=False):
        own = tree.tree_.feature
        yield own if columns is None else np.where(own == _LEAF, _LEAF, np.asarray(columns)[own]), tree.tree_.threshold
