"""An estimator that was fitted on a frame, made to take arrays."""

from __future__ import annotations

import operator
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer

from inference.engines.lean.form import NotLean

NAMES = "feature_names_in_"


def without_names(estimator: Any) -> Any:
    """Return a copy of an estimator that knows no names of columns, and starts no threads of its own.

    Only what must change is copied: weights are shared. Raises NotLean where names are more than a check.
    """
    return _Copier().of(estimator)


def check_answers_arrays(estimator: Any) -> None:
    """Raise NotLean for an estimator that was told to answer frames."""
    asked = vars(estimator).get("_sklearn_output_config", {})
    if asked.get("transform", "default") != "default":
        raise NotLean("it answers frames")


class _Copier:
    def __init__(self) -> None:
        self._made: dict[int, Any] = {}

    def of(self, value: Any) -> Any:
        """Return a value, or, where it holds an estimator, a copy of it."""
        if isinstance(value, BaseEstimator):
            return self._made[id(value)] if id(value) in self._made else self._estimator(value)
        if type(value).__module__.startswith("sklearn.") and hasattr(value, "__dict__"):
            return self._holder(value)
        if type(value) in {list, tuple}:
            copied = type(value)(map(self.of, value))
            return value if all(map(operator.is_, copied, value)) else copied
        if type(value) is dict:
            by_key = {key: self.of(one) for key, one in value.items()}
            return value if all(map(operator.is_, by_key.values(), value.values())) else by_key
        return value

    def _holder(self, value: Any) -> Any:
        """Return a copy of what is no estimator and has one, as a calibrated classifier's members do."""
        state = vars(value)
        held = {name: self.of(one) for name, one in state.items()}
        if all(map(operator.is_, held.values(), state.values())):
            return value
        copied = object.__new__(type(value))
        vars(copied).update(held)
        return copied

    def _estimator(self, estimator: BaseEstimator) -> BaseEstimator:
        state = vars(estimator)
        check_answers_arrays(estimator)
        if isinstance(estimator, ColumnTransformer) and NAMES in state:
            raise NotLean("it picks columns by their names")
        copied: BaseEstimator = object.__new__(type(estimator))
        self._made[id(estimator)] = copied
        # Parameters given before fitting are not asked any more.
        vars(copied).update({name: self.of(value) for name, value in state.items() if name != NAMES})
        if state.get("n_jobs") is not None:
            vars(copied)["n_jobs"] = 1
        return copied
