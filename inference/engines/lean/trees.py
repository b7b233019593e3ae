"""Trees and forests: one walk down each tree for all methods, without a task of a thread pool for each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import ensemble, tree

from inference.engines.lean.form import Answering, Form, NotLean, labels_at
from inference.engines.lean.walk import Walk, in_turn
from inference.outputs.answers import DECISION_FUNCTION, PREDICT, PREDICT_PROBA, SCORE_SAMPLES

_Values = NDArray[np.float64]


class Forest(Answering):
    """What the trees' leaves hold, on average: targets, or fractions of classes."""

    def __init__(self, estimator: Any, trees: Iterable[Any]) -> None:
        if estimator.n_outputs_ > 1:
            raise NotLean("it has several targets")
        self._trees = tuple(one.tree_ for one in trees)
        self._walk = Walk.of(self._trees, [None] * len(self._trees))
        # Of one target, the fractions or the mean in each node of all trees.
        self._values = np.concatenate([tree.value[:, 0] for tree in self._trees]) if self._walk else None
        self._classes = getattr(estimator, "classes_", None)

    def answers(self, rows: Any, methods: Collection[str]) -> Mapping[str, Any]:
        """Answer `predict` and `predict_proba`. Raises NotLean for any other method."""
        if not {*methods} <= ({PREDICT} if self._classes is None else {PREDICT, PREDICT_PROBA}):
            raise NotLean(f"{methods} is more than a forest has")
        mean = self._mean(np.ascontiguousarray(rows, dtype=np.float32))
        if self._classes is None:
            return {PREDICT: mean[:, 0]}
        return {**labels_at(self._classes, mean.argmax(axis=1)), PREDICT_PROBA: mean}

    def _mean(self, rows: NDArray[np.float32]) -> _Values:
        leaves = self._walk.leaves(rows) if self._walk else None
        if leaves is not None and self._values is not None:
            return in_turn(self._values.take(leaves, axis=0)) / len(self._trees)
        first, *others = self._trees
        total: _Values = first.predict(rows)
        if not others:
            return total
        total = total + 0.0  # sums start from zero, and -0.0 is not 0.0
        for one in others:
            total += one.predict(rows)
        total /= len(self._trees)
        return total


class IsolationForest(Answering):
    """How many questions it takes on average to tell a row from all others (Liu, Ting and Zhou 2008).

    The score is 2 to the power of minus that depth, over the depth that is expected.
    """

    def __init__(self, estimator: Any) -> None:
        width = estimator.n_features_in_
        parts = zip(
            estimator.estimators_,
            estimator.estimators_features_,
            estimator._decision_path_lengths,  # noqa: SLF001  # what scikit-learn has worked out for its own scores
            estimator._average_path_length_per_tree,  # noqa: SLF001  # same
            strict=True,
        )
        self._trees = [
            (one.tree_, None if len(features) == width else features, path + average - 1.0)
            for one, features, path, average in parts
        ]
        self._walk = Walk.of([one for one, _, _ in self._trees], [features for _, features, _ in self._trees])
        self._depths = np.concatenate([depth_of_leaf for _, _, depth_of_leaf in self._trees])
        self._offset = estimator.offset_
        sampled = estimator.max_samples_
        self._expected = len(self._trees) * _average_depth(sampled)

    def answers(self, rows: Any, methods: Collection[str]) -> Mapping[str, Any]:
        """Answer all methods from one walk. Raises NotLean for a method that is none of an isolation forest."""
        if not {*methods} <= {PREDICT, DECISION_FUNCTION, SCORE_SAMPLES}:
            raise NotLean(f"{methods} is more than an isolation forest has")
        scores = self._scores(np.ascontiguousarray(rows, dtype=np.float32))
        decisions = scores - self._offset
        made = {SCORE_SAMPLES: scores, DECISION_FUNCTION: decisions}
        if PREDICT in methods:
            made[PREDICT] = np.where(decisions < 0, -1, 1)
        return {method: made[method] for method in methods}

    def _scores(self, rows: NDArray[np.float32]) -> _Values:
        leaves = self._walk.leaves(rows) if self._walk else None
        if leaves is not None:
            return self._scored(in_turn(self._depths.take(leaves)))
        depths = np.zeros(len(rows))
        for one, features, depth_of_leaf in self._trees:
            depths += depth_of_leaf[one.apply(rows if features is None else np.ascontiguousarray(rows[:, features]))]
        return self._scored(depths)

    def _scored(self, depths: _Values) -> _Values:
        return -(2.0 ** -(depths / self._expected)) if self._expected else -np.full(len(depths), 0.5)


def _average_depth(samples: int) -> float:
    """Return the average depth of an unsuccessful search in a binary tree of so many samples."""
    if samples <= 1:
        return 0.0
    if samples == 2:  # noqa: PLR2004  # one question tells two apart
        return 1.0
    return float(2.0 * (np.log(samples - 1.0) + np.euler_gamma) - 2.0 * (samples - 1.0) / samples)


def _forest(estimator: Any) -> Form:
    return Forest(estimator, estimator.estimators_)


def _tree(estimator: Any) -> Form:
    return Forest(estimator, [estimator])


TREES: Mapping[type, Callable[[Any], Form]] = {
    ensemble.ExtraTreesClassifier: _forest,
    ensemble.ExtraTreesRegressor: _forest,
    ensemble.IsolationForest: IsolationForest,
    ensemble.RandomForestClassifier: _forest,
    ensemble.RandomForestRegressor: _forest,
    tree.DecisionTreeClassifier: _tree,
    tree.DecisionTreeRegressor: _tree,
    tree.ExtraTreeClassifier: _tree,
    tree.ExtraTreeRegressor: _tree,
}
