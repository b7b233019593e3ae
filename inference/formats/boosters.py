"""Boosters without a scikit-learn face, as `lightgbm.train` and `xgboost.train` give them, behind one.

What is answered is what `Booster.predict` answers, to the last bit. What it means is said by the objective: see
https://lightgbm.readthedocs.io/en/stable/Parameters.html#objective and
https://xgboost.readthedocs.io/en/stable/parameter.html#learning-task-parameters.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

Array = NDArray[Any]

_PROBABILITIES: Final = {"binary", "multiclass", "multiclassova", "binary:logistic", "multi:softprob"}
_LABELS: Final = {"multi:softmax", "binary:hinge"}
_MARGINS: Final = {"binary:logitraw"}
_TWO: Final = 2


class _Fitted(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """What an estimator tells of its training, told by a booster."""

    def __init__(self, booster: Booster, names: Sequence[str] | None) -> None:
        self.booster = booster
        self.n_features_in_ = booster.width
        self.feature_importances_ = booster.importances()
        if names is not None:
            self.feature_names_in_ = np.array(names, dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        """Say that it is."""
        return True

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002, FBT001, FBT002  # scikit-learn's signature
        """Return the parameters of the training that the booster kept."""
        return self.booster.parameters()


class BoosterRegressor(RegressorMixin, _Fitted):  # type: ignore[misc]  # as above
    """A booster whose answers are numbers: values, counts, risks, scores of a ranking."""

    def predict(self, rows: Any) -> Array:
        """Return what the booster answers, float of the shape [rows] or [rows, targets]."""
        return self.booster.ask(rows)


class _WithClasses(ClassifierMixin, _Fitted):  # type: ignore[misc]  # as above
    """A booster whose objective knows the classes 0, 1 and so on: boosters keep no others."""

    def __init__(self, booster: Booster, names: Sequence[str] | None) -> None:
        super().__init__(booster, names)
        self.classes_ = np.arange(max(_TWO, booster.classes))


class BoosterClassifier(_WithClasses):
    """One that answers probabilities."""

    def predict(self, rows: Any) -> Array:
        """Return the most probable classes, int of the shape [rows]."""
        labels: Array = self.classes_[self.predict_proba(rows).argmax(axis=1)]
        return labels

    def predict_proba(self, rows: Any) -> Array:
        """Return the booster's answer, float of the shape [rows, classes]."""
        answer = self.booster.ask(rows)
        return answer if answer.ndim == _TWO else np.column_stack([1 - answer, answer])


class BoosterLabeler(_WithClasses):
    """One that answers labels only."""

    def predict(self, rows: Any) -> Array:
        """Return the classes, int of the shape [rows]."""
        return self.booster.ask(rows).astype(np.intp)


class BoosterMargins(_WithClasses):
    """One that answers how far a row is from the border between two classes."""

    def predict(self, rows: Any) -> Array:
        """Return 1 where the margin is positive, else 0, int of the shape [rows]."""
        return (self.decision_function(rows) > 0).astype(np.intp)

    def decision_function(self, rows: Any) -> Array:
        """Return the booster's answer, float of the shape [rows]."""
        return self.booster.ask(rows)


class Booster:
    """What both libraries' boosters can tell, in one way."""

    def __init__(self, raw: Any) -> None:
        self.raw = raw

    objective: str
    classes: int
    width: int
    names: Sequence[str] | None
    """None where it was trained on an array."""

    @abstractmethod
    def ask(self, rows: Any) -> Array:
        """Return what its `predict` answers."""

    @abstractmethod
    def importances(self) -> Array:
        """Return how much each feature counts, as its library's scikit-learn face says it; of the shape [features]."""

    @abstractmethod
    def parameters(self) -> dict[str, Any]:
        """Return the parameters of its training, as far as it kept them."""

    def named(self, said: Sequence[str] | None) -> Sequence[str] | None:
        """Return the names in training. `said` are those of whoever saved it, of which it may keep another spelling."""
        del said
        return self.names


class LightGBMBooster(Booster):
    """A booster of LightGBM."""

    def __init__(self, raw: Any) -> None:
        super().__init__(raw)
        self.objective = str(raw.params.get("objective", ""))
        self.classes = int(raw.params.get("num_class", 1))
        self.width = raw.num_feature()
        kept = raw.feature_name()
        self.names = None if kept == [f"Column_{place}" for place in range(self.width)] else kept

    def named(self, said: Sequence[str] | None) -> Sequence[str] | None:
        """Return the names in training: LightGBM writes underscores for the spaces in them."""
        same = said is not None and [name.replace(" ", "_") for name in said] == self.names
        return said if same else self.names

    def ask(self, rows: Any) -> Array:
        """Return what its `predict` answers."""
        return np.asarray(self.raw.predict(rows))

    def importances(self) -> Array:
        """Return how often each feature splits."""
        return np.asarray(self.raw.feature_importance("split"), dtype=np.float64)

    def parameters(self) -> dict[str, Any]:
        """Return what stands in the file."""
        return dict(self.raw.params)


class XGBoostBooster(Booster):
    """A booster of XGBoost."""

    def __init__(self, raw: Any, matrix: Any) -> None:
        super().__init__(raw)
        self._matrix = matrix
        learner = json.loads(raw.save_config())["learner"]
        self._parameters = learner["objective"] | learner["learner_model_param"]
        self.objective = learner["objective"]["name"]
        self.classes = int(learner["learner_model_param"]["num_class"])
        self.width = raw.num_features()
        self.names = raw.feature_names
        self._categorical = "c" in (raw.feature_types or ())

    def ask(self, rows: Any) -> Array:
        """Return what its `predict` answers."""
        # An array's columns have no names to compare: some were given to the booster that it was trained with.
        named = isinstance(rows, pd.DataFrame)
        matrix = self._matrix(rows, enable_categorical=self._categorical)
        return np.asarray(self.raw.predict(matrix, validate_features=named))

    def importances(self) -> Array:
        """Return each feature's share of the gain."""
        names = self.names or [f"f{place}" for place in range(self.width)]
        gains = self.raw.get_score(importance_type="gain")
        values = np.array([np.sum(gains.get(name, 0.0)) for name in names])
        return values / (values.sum() or 1)

    def parameters(self) -> dict[str, Any]:
        """Return the objective's and the model's, which are all that it keeps."""
        return dict(self._parameters)


def with_face(booster: Booster, said: Sequence[str] | None = None) -> Any:
    """Put a booster behind the face of an estimator. `said` are the names in training by others' word, if any."""
    names = booster.named(said)
    for objectives, face in ((_PROBABILITIES, BoosterClassifier), (_LABELS, BoosterLabeler)):
        if booster.objective in objectives:
            return face(booster, names)
    return (BoosterMargins if booster.objective in _MARGINS else BoosterRegressor)(booster, names)
