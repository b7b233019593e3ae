"""Support vector machines of libsvm: one pass over the support vectors, and votes counted for all rows at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from itertools import combinations
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn import svm

from inference.engines.lean.form import Answering, Form, NotLean, labels_at
from inference.outputs.answers import DECISION_FUNCTION, PREDICT

_KERNELS: Final = {"linear", "poly", "rbf", "sigmoid"}
_Values = NDArray[np.float64]


class _Vectors:
    """What libsvm is given with each call."""

    def __init__(self, machine: Any) -> None:
        """Take it from a machine. Raises NotLean where libsvm was given something else than dense rows."""
        from sklearn.svm import _base, _libsvm  # noqa: PLC0415  # private: where they are missing, it has no form

        if machine.kernel not in _KERNELS or machine._sparse:  # noqa: SLF001  # how it was fitted is said nowhere else
            raise NotLean("its rows are sparse, or its kernel is the caller's own")
        self._decide, self._predict = _libsvm.decision_function, _libsvm.predict
        names = "support_ support_vectors_ _n_support _dual_coef_ _intercept_ _probA _probB"
        self._learnt = [getattr(machine, name) for name in names.split()]
        self._options = {
            "svm_type": _base.LIBSVM_IMPL.index(machine._impl),  # noqa: SLF001  # as above
            "kernel": machine.kernel,
            "degree": machine.degree,
            "coef0": machine.coef0,
            "gamma": machine._gamma,  # noqa: SLF001  # as above: the number that "scale" stands for
            "cache_size": machine.cache_size,
        }

    def decide(self, rows: Any) -> _Values:
        """Return a column for each pair of classes: above 0 for the first of them."""
        decided: _Values = self._decide(_as_libsvm_reads(rows), *self._learnt, **self._options)
        return decided

    def predict(self, rows: Any) -> _Values:
        """Return a number for each row."""
        predicted: _Values = self._predict(_as_libsvm_reads(rows), *self._learnt, **self._options)
        return predicted


def _as_libsvm_reads(rows: Any) -> _Values:
    if not isinstance(rows, np.ndarray):
        raise NotLean("libsvm reads dense rows")
    return np.ascontiguousarray(rows, dtype=np.float64)


class MachineRegressor(Answering):
    """A support vector machine that predicts numbers."""

    def __init__(self, machine: Any) -> None:
        self._vectors = _Vectors(machine)

    def answers(self, rows: Any, methods: Collection[str]) -> Mapping[str, Any]:
        """Answer `predict` alone. Raises NotLean for any other method."""
        if not {*methods} <= {PREDICT}:
            raise NotLean(f"{methods} is more than predict")
        return {PREDICT: self._vectors.predict(rows)}


class MachineClassifier(Answering):
    """A support vector machine for each pair of classes. The label is that of the class with the most votes."""

    def __init__(self, machine: Any) -> None:
        self._vectors = _Vectors(machine)
        self._classes = machine.classes_
        self._is_by_class = machine.decision_function_shape == "ovr"
        if machine.break_ties:
            raise NotLean("ties are broken")
        count = len(machine.classes_)
        pairs = list(combinations(range(count), 2))
        # For each class (second axis) its pairs, in order, and whether it is the first or the second of each.
        self._pairs = np.array([[place for place, pair in enumerate(pairs) if one in pair] for one in range(count)]).T
        is_first = np.array([[pairs[place][0] == one for one, place in enumerate(row)] for row in self._pairs])
        self._is_first = is_first[:, :, np.newaxis]  # the third axis is for the rows
        self._signs = np.where(self._is_first, 1.0, -1.0)

    def answers(self, rows: Any, methods: Collection[str]) -> Mapping[str, Any]:
        """Answer all methods from one pass. Raises NotLean for a method that is none of its own."""
        if not {*methods} <= {PREDICT, DECISION_FUNCTION}:
            raise NotLean(f"{methods} is more than it has")
        decided = self._vectors.decide(rows)
        if len(self._classes) == 2:  # noqa: PLR2004  # one pair
            scores = -decided.ravel()
            return {**labels_at(self._classes, (scores >= 0).astype(np.intp)), DECISION_FUNCTION: scores}
        made: dict[str, NDArray[Any]] = {}
        if PREDICT in methods:
            made |= labels_at(self._classes, self._votes(decided > 0, decided <= 0).argmax(axis=0))
        if DECISION_FUNCTION in methods:
            made[DECISION_FUNCTION] = self._by_class(decided) if self._is_by_class else decided
        return made

    def _votes(self, for_first: NDArray[np.bool_], for_second: NDArray[np.bool_]) -> NDArray[Any]:
        """Return how many pairs vote for each class: a row for each class."""
        voted = np.where(self._is_first, for_first.T[self._pairs], for_second.T[self._pairs])
        votes: NDArray[Any] = np.add.reduce(voted, axis=0, dtype=np.float64)
        return votes

    def _by_class(self, decided: _Values) -> _Values:
        """Return the votes, and less than a third of one for how clear they are, as scikit-learn does.

        What a class has won and lost is added up in the order of its pairs, as there, so that the last bits agree.
        """
        clear = np.add.reduce(decided.T[self._pairs] * self._signs, axis=0)
        scores: _Values = (self._votes(decided >= 0, decided < 0) + clear / (3 * (np.abs(clear) + 1))).T
        return np.ascontiguousarray(scores)


MACHINES: Final[Mapping[type, Callable[[Any], Form]]] = {
    svm.NuSVC: MachineClassifier,
    svm.NuSVR: MachineRegressor,
    svm.SVC: MachineClassifier,
    svm.SVR: MachineRegressor,
}
