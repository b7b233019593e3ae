"""All trees of a forest walked at once, for a few rows.

A call of scikit-learn's tree costs about two microseconds before it looks at a row, and a forest has hundreds of trees.
For a few rows it is quicker to go down all trees together, one level by a handful of NumPy's calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_MOST_WALKS: Final = 2048
"""Of more ways down, rows times trees, each tree by itself is quicker."""
_FEWEST_TREES: Final = 8
_MOST_NODES: Final = 300_000
"""Nodes are copied, 32 bytes each: 10 MB at most."""

Leaves = NDArray[np.intp]


class Walk:
    """The nodes of all trees behind each other. A leaf asks a question whose answers both lead to itself."""

    def __init__(self, trees: Sequence[Any], columns: Sequence[Any]) -> None:
        """Take trees, each with the columns that it was given, None for all."""
        counts = [tree.node_count for tree in trees]
        self._roots = np.cumsum([0, *counts[:-1]])
        self._depth = max(tree.max_depth for tree in trees)
        parts = [_questions(tree, own, root) for tree, own, root in zip(trees, columns, self._roots, strict=True)]
        self._features, self._thresholds, self._children = (np.concatenate(part) for part in zip(*parts, strict=True))

    @staticmethod
    def of(trees: Sequence[Any], columns: Sequence[Any]) -> Walk | None:
        """Return the walk down some trees; None where they are too few or too large to be worth it."""
        too_large = sum(tree.node_count for tree in trees) > _MOST_NODES
        return None if too_large or len(trees) < _FEWEST_TREES else Walk(trees, columns)

    def leaves(self, rows: NDArray[np.float32]) -> Leaves | None:
        """Return the leaf of each row in each tree, (trees, rows), as places among all nodes.

        None where there are too many rows, or values are missing, which a tree may send either way.
        """
        count, width = rows.shape
        if count * len(self._roots) > _MOST_WALKS or np.isnan(rows).any():
            return None
        values = rows.ravel()
        starts = np.tile(np.arange(0, count * width, width), len(self._roots))
        nodes: Leaves = np.repeat(self._roots, count)
        for _ in range(self._depth):
            asked = self._features.take(nodes)
            asked += starts
            goes_right = values.take(asked) > self._thresholds.take(nodes)
            nodes += nodes
            nodes += goes_right
            nodes = self._children.take(nodes)
        return nodes.reshape(-1, count)


def in_turn(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add up the entries of the first axis one after another, from zero, as a loop over trees does."""
    total: NDArray[np.float64] = np.add.accumulate(values, axis=0)[-1]
    total += 0.0  # the sum of nothing but -0.0, from zero, is 0.0
    return total


def _questions(tree: Any, columns: Any, root: int) -> tuple[NDArray[Any], ...]:
    """Return for each node of a tree the column, the threshold, and its two children, one behind the other."""
    is_leaf = tree.children_left < 0
    asked = np.where(is_leaf, 0, tree.feature)
    features = asked if columns is None else np.asarray(columns)[asked]
    own = np.arange(tree.node_count)
    left, right = (np.where(is_leaf, own, one) for one in (tree.children_left, tree.children_right))
    children = np.column_stack([left, right]).ravel() + root
    return features.astype(np.intp), np.where(is_leaf, np.inf, tree.threshold), children.astype(np.intp)
