"""Classifiers whose methods begin with the same long computation, which is done once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn import ensemble, naive_bayes

from inference.engines.lean.form import Answering, Form, NotLean, labels_at
from inference.engines.lean.names import without_names
from inference.outputs.answers import DECISION_FUNCTION, PREDICT, PREDICT_PROBA, TRANSFORM, called

_Values = NDArray[np.float64]


class Probable(Answering):
    """Any whose label is, by its definition, the one of the greatest probability."""

    calls = True

    def __init__(self, estimator: Any) -> None:
        self._estimator = without_names(estimator)
        self._classes = estimator.classes_

    def answers(self, rows: Any, methods: Collection[str]) -> Mapping[str, Any]:
        """Answer `predict` and `predict_proba` from one call of the latter, and any other by a call of its own."""
        made = called(self._estimator, rows, {*methods, PREDICT_PROBA} - {PREDICT})
        if PREDICT in methods:
            made |= labels_at(self._classes, made[PREDICT_PROBA].argmax(axis=1))
        return made


class Stacked(Answering):
    """Stacked estimators: what those below answer is computed once for all methods of the last one."""

    calls = True

    def __init__(self, estimator: Any, last: Form) -> None:
        self._below = without_names(estimator)
        self._last = last
        self._classes = getattr(estimator, "classes_", None)

    def answers(self, rows: Any, methods: Collection[str]) -> Mapping[str, Any]:
        """Answer by the last one. What those below answer is the answer to `transform`."""
        below = self._below.transform(rows)
        made = {**self._last.answers(below, {*methods} - {TRANSFORM}), TRANSFORM: below}
        if self._classes is not None and PREDICT in made:
            made |= labels_at(self._classes, made[PREDICT])  # the last one knows their numbers only
        return made


class Boosted(Answering):
    """Gradient boosting: labels and probabilities are made of the trees' sums."""

    calls = True

    def __init__(self, estimator: Any, *, is_first_at_zero: bool) -> None:
        own = without_names(estimator)
        self._sums, self._probabilities = own.decision_function, own._loss.predict_proba  # noqa: SLF001  # its link
        self._classes = estimator.classes_
        self._is_first_at_zero = is_first_at_zero

    def answers(self, rows: Any, methods: Collection[str]) -> Mapping[str, Any]:
        """Answer all methods from one walk down the trees."""
        if not {*methods} <= {PREDICT, PREDICT_PROBA, DECISION_FUNCTION}:
            raise NotLean(f"{methods} is more than boosting has")
        sums = self._sums(rows)
        made = {DECISION_FUNCTION: sums}
        if PREDICT in methods:
            made |= labels_at(self._classes, self._best(sums))
        if PREDICT_PROBA in methods:
            made[PREDICT_PROBA] = self._probabilities(sums)
        return made

    def _best(self, sums: NDArray[Any]) -> NDArray[np.intp]:
        best: NDArray[np.intp]
        if sums.ndim > 1:
            best = sums.argmax(axis=1)
        else:
            best = ((sums > 0) if self._is_first_at_zero else (sums >= 0)).astype(np.intp)
        return best


class Bayes(Answering):
    """Naive Bayes: labels and probabilities are made of the joint log-likelihoods."""

    def __init__(self, estimator: Any, likelihoods: Callable[[Any], _Values]) -> None:
        self._likelihoods = likelihoods
        self._classes = estimator.classes_

    def answers(self, rows: Any, methods: Collection[str]) -> Mapping[str, Any]:
        """Answer `predict` and `predict_proba` from one product."""
        if not {*methods} <= {PREDICT, PREDICT_PROBA}:
            raise NotLean(f"{methods} is more than naive Bayes has")
        joint = self._likelihoods(rows)
        made = labels_at(self._classes, joint.argmax(axis=1))
        if PREDICT_PROBA in methods:
            made[PREDICT_PROBA] = np.exp(joint - _log_of_sum(joint))
        return made


def _log_of_sum(logarithms: _Values) -> _Values:
    """Return for each row the logarithm of the sum of what its entries are logarithms of.

    As scikit-learn does it: the greatest entries are taken out of the sum, and the others are measured by them.
    """
    greatest = logarithms.max(axis=1, keepdims=True)
    is_greatest = logarithms == greatest
    others = np.where(is_greatest, -np.inf, logarithms)
    times = is_greatest.astype(np.float64).sum(axis=1, keepdims=True)
    shares = np.exp(others - greatest).sum(axis=1, keepdims=True)
    summed: _Values = np.log1p(shares / times) + np.log(times) + greatest
    return summed


def _multinomial(estimator: Any) -> Form:
    weights = estimator.feature_log_prob_.T
    # A sparse product copies weights that do not lie in memory as it reads them: 12 MB each time in one example.
    in_order = np.ascontiguousarray(weights)
    prior = estimator.class_log_prior_

    def likelihoods(rows: Any) -> _Values:
        made: _Values = rows @ (in_order if sparse.issparse(rows) else weights) + prior
        return made

    return Bayes(estimator, likelihoods)


def _boosted(estimator: Any) -> Form:
    return Boosted(estimator, is_first_at_zero=False)


def _boosted_by_histograms(estimator: Any) -> Form:
    return Boosted(estimator, is_first_at_zero=True)


def _soft_vote(estimator: Any) -> Form:
    if estimator.voting != "soft":
        raise NotLean("labels are counted")
    return Probable(estimator)


SHARED: Mapping[type, Callable[[Any], Form]] = {
    ensemble.BaggingClassifier: Probable,
    ensemble.GradientBoostingClassifier: _boosted,
    ensemble.HistGradientBoostingClassifier: _boosted_by_histograms,
    ensemble.VotingClassifier: _soft_vote,
    naive_bayes.MultinomialNB: _multinomial,
}
