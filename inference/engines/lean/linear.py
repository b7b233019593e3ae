"""Linear models: one product with the coefficients."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn import linear_model, svm

from inference.engines.lean.form import Answering, Form, NotLean, labels_at
from inference.outputs.answers import CLASS_PLACES, DECISION_FUNCTION, PREDICT, PREDICT_PROBA

_PAIRED: Final = 8
"""From so many numbers on, NumPy adds up a row in pairs, and columns one after another: the last bits differ."""


class LinearRegressor(Answering):
    """`rows · coefficients + intercept`."""

    def __init__(self, estimator: Any) -> None:
        self._coefficients = np.asarray(estimator.coef_).T
        self._intercept = estimator.intercept_

    def answers(self, rows: Any, methods: Collection[str]) -> Mapping[str, Any]:
        """Answer `predict` alone. Raises NotLean for any other method."""
        if not {*methods} <= {PREDICT}:
            raise NotLean(f"{methods} is more than predict")
        values = rows @ self._coefficients
        values += self._intercept
        return {PREDICT: values}


class LinearClassifier(Answering):
    """The class of the greatest score, where a score is `rows · coefficients + intercept`."""

    def __init__(self, estimator: Any, *, is_logistic: bool = False) -> None:
        self._classes = estimator.classes_
        self._labels = _alone(estimator.classes_)
        self._places = _alone(np.arange(len(estimator.classes_)))
        self._coefficients = np.asarray(estimator.coef_).T
        self._intercept = estimator.intercept_
        self._methods = {PREDICT, DECISION_FUNCTION} | ({PREDICT_PROBA} if is_logistic else set())

    def answers(self, rows: Any, methods: Collection[str]) -> Mapping[str, Any]:
        """Answer all methods from one product. Raises NotLean for a method that is none of its own."""
        if not {*methods} <= self._methods:
            raise NotLean(f"{methods} is more than it has")
        scores = rows @ self._coefficients
        scores += self._intercept
        if scores.ndim > 1 and scores.shape[1] == 1:
            scores = scores.reshape(-1)
        made = {DECISION_FUNCTION: scores}
        greatest = None
        if scores.ndim > 1 and len(scores) == 1:
            # Python finds the greatest of one row sooner than NumPy begins to look.
            values = scores[0].tolist()
            greatest = max(values)
            place = values.index(greatest)
            made[PREDICT], made[CLASS_PLACES] = self._labels[place], self._places[place]
        elif PREDICT in methods:
            best = (scores > 0).astype(np.intp) if scores.ndim == 1 else scores.argmax(axis=1)
            made |= labels_at(self._classes, best)
        if PREDICT_PROBA in methods:
            made[PREDICT_PROBA] = _logistic_of(scores) if scores.ndim == 1 else _softmax(scores, greatest)
        return made


def _alone(values: NDArray[Any]) -> list[NDArray[Any]]:
    """Return an array of each value alone, which nobody can change."""
    kept = values.copy()
    kept.flags.writeable = False
    return [kept[place : place + 1] for place in range(len(kept))]


def _logistic_of(scores: NDArray[Any]) -> NDArray[Any]:
    """Return the probabilities of two classes: by the logistic function."""
    both = np.empty((len(scores), 2), dtype=scores.dtype)
    second = expit(scores, out=both[:, 1])
    np.subtract(1, second, out=both[:, 0])
    return both


def _softmax(scores: NDArray[Any], greatest: float | None) -> NDArray[Any]:
    """Return the probabilities of more classes. `greatest` is the greatest score, where there is one row."""
    if greatest is None and scores.shape[1] < _PAIRED:
        scores = np.asfortranarray(scores)  # whole columns are quicker to reduce than many short rows
    # The greatest score is taken off each, so that no power overflows.
    most = np.maximum.reduce(scores, axis=1, keepdims=True) if greatest is None else greatest
    powers: NDArray[Any] = scores - most
    np.exp(powers, out=powers)
    powers /= np.add.reduce(powers, axis=1, keepdims=True)
    return powers


def _logistic(estimator: Any) -> Form:
    return LinearClassifier(estimator, is_logistic=True)


LINEAR: Mapping[type, Callable[[Any], Form]] = {
    linear_model.LogisticRegression: _logistic,
    linear_model.LogisticRegressionCV: _logistic,
    linear_model.Perceptron: LinearClassifier,
    linear_model.RidgeClassifier: LinearClassifier,
    linear_model.RidgeClassifierCV: LinearClassifier,
    linear_model.SGDClassifier: LinearClassifier,
    svm.LinearSVC: LinearClassifier,
    linear_model.ARDRegression: LinearRegressor,
    linear_model.BayesianRidge: LinearRegressor,
    linear_model.ElasticNet: LinearRegressor,
    linear_model.ElasticNetCV: LinearRegressor,
    linear_model.HuberRegressor: LinearRegressor,
    linear_model.Lars: LinearRegressor,
    linear_model.LarsCV: LinearRegressor,
    linear_model.Lasso: LinearRegressor,
    linear_model.LassoCV: LinearRegressor,
    linear_model.LassoLars: LinearRegressor,
    linear_model.LassoLarsCV: LinearRegressor,
    linear_model.LassoLarsIC: LinearRegressor,
    linear_model.LinearRegression: LinearRegressor,
    linear_model.MultiTaskElasticNet: LinearRegressor,
    linear_model.MultiTaskLasso: LinearRegressor,
    linear_model.OrthogonalMatchingPursuit: LinearRegressor,
    linear_model.OrthogonalMatchingPursuitCV: LinearRegressor,
    linear_model.QuantileRegressor: LinearRegressor,
    linear_model.Ridge: LinearRegressor,
    linear_model.RidgeCV: LinearRegressor,
    linear_model.SGDRegressor: LinearRegressor,
    linear_model.TheilSenRegressor: LinearRegressor,
    svm.LinearSVR: LinearRegressor,
}
"""Subclasses may answer otherwise, so each class stands here by itself."""
