"""Calibrated classifiers: the form of the classifier that was calibrated, and what was learnt of its scores."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import LabelEncoder
from sklearn.utils.extmath import softmax

from inference.engines.lean.form import Answering, Form, NotLean, labels_at
from inference.outputs.answers import DECISION_FUNCTION, PREDICT, PREDICT_PROBA

_EPSILON: Final = 1e-12
"""What scikit-learn adds to probabilities before it takes their logarithms."""
_ROUNDED: Final = 1.0 + 1e-5
_Values = NDArray[np.float64]


class Calibrated(Answering):
    """The mean of what its members answer. The label is, by its definition, the one of the greatest probability."""

    calls = True

    def __init__(self, estimator: Any, forms: Iterable[Form]) -> None:
        """`forms` are those of the members' classifiers. Raises NotLean where one of them takes columns."""
        members = estimator.calibrated_classifiers_
        self._classes = estimator.classes_
        self._members = [_Member(member, form) for member, form in zip(members, forms, strict=True)]

    def answers(self, rows: Any, methods: Collection[str]) -> Mapping[str, Any]:
        """Answer `predict` and `predict_proba`. Raises NotLean for any other method."""
        if not {*methods} <= {PREDICT, PREDICT_PROBA}:
            raise NotLean(f"{methods} is more than it has")
        first, *others = (member.probabilities(rows) for member in self._members)
        for one in others:
            first += one
        mean = first / len(self._members)
        made = {PREDICT_PROBA: mean}
        return made | labels_at(self._classes, mean.argmax(axis=1)) if PREDICT in methods else made


class _Member:
    def __init__(self, member: Any, form: Form) -> None:
        if form.takes_columns:
            raise NotLean("a classifier takes columns")
        classifier = member.estimator
        self._form = form
        self._method = DECISION_FUNCTION if hasattr(classifier, DECISION_FUNCTION) else PREDICT_PROBA
        self._calibrators = member.calibrators
        self._count = len(member.classes)
        self._places = None
        if member.method != "temperature":  # which knows all classes at once
            self._places = LabelEncoder().fit(member.classes).transform(classifier.classes_)

    def probabilities(self, rows: Any) -> _Values:
        scores = self._form.answers(rows, {self._method})[self._method]
        if self._count == 2 and self._method == PREDICT_PROBA:  # noqa: PLR2004  # two classes share one score
            scores = scores[:, 1]
        scores = scores.reshape(len(scores), -1)
        found = self._softened(scores) if self._places is None else self._one_by_one(scores, self._places)
        found[(found > 1.0) & (found <= _ROUNDED)] = 1.0
        return found

    def _softened(self, scores: _Values) -> _Values:
        if scores.shape[1] == 1:
            is_score = self._method == DECISION_FUNCTION
            scores = np.concatenate([-scores if is_score else 1 - scores, scores], axis=1)
        if ((scores >= 0) & (scores <= 1)).all() and np.isclose(scores.sum(axis=1), 1.0).all():
            scores = np.log(scores + _EPSILON)
        softened: _Values = softmax(self._calibrators[0].beta_ * scores)
        return softened

    def _one_by_one(self, scores: _Values, places: NDArray[np.intp]) -> _Values:
        found = np.zeros((len(scores), self._count))
        if self._count == 2:  # noqa: PLR2004  # as above
            found[:, 1] = self._calibrators[0].predict(scores[:, 0])
            found[:, 0] = 1.0 - found[:, 1]
            return found
        for place, column, calibrator in zip(places, scores.T, self._calibrators, strict=False):
            found[:, place] = calibrator.predict(column)
        total = found.sum(axis=1)[:, np.newaxis]
        even = np.full_like(found, 1 / self._count)
        shared: _Values = np.divide(found, total, out=even, where=total != 0)
        return shared
