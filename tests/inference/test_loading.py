"""What makes a file a model that can be served, and what is said where it is none."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.cluster import DBSCAN
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from inference.card import Task
from inference.errors import ArtifactError, CardError, LoadFailed, ModelError
from inference.info import ModelStatus

if TYPE_CHECKING:
    from inference.model import LoadedModel
    from tests.conftest import ModelsFolder

ROWS = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [0.0, 1.0, 0.0, 1.0]})
TARGET = [1.0, 2.0, 3.0, 4.0]


def a_function() -> None:
    """Not a model."""


def refusal(folder: ModelsFolder) -> ModelError:
    """Return the only reason why the models cannot be loaded."""
    with pytest.raises(LoadFailed) as raised:
        folder.load()
    (error,) = raised.value.errors
    return error


def loaded(folder: ModelsFolder) -> LoadedModel:
    (model,) = folder.load().loaded
    return model


@pytest.mark.parametrize(
    ("thing", "why"),
    [
        ({"model": 1}, "it holds a dict, which has neither predict nor transform"),
        ([1], "it holds a list, which has neither predict nor transform"),
        (3, "it holds an int, which has neither predict nor transform"),
        (None, "it holds a NoneType, which has neither predict nor transform"),
        (a_function, "it holds a function, which has neither predict nor transform"),
        (LinearRegression, "it holds the class LinearRegression, not an estimator made from it"),
    ],
)
def test_what_is_no_estimator_is_refused_by_what_it_is(models_folder: ModelsFolder, thing: object, why: str) -> None:
    folder = models_folder.add("m", thing)
    error = refusal(models_folder)
    assert isinstance(error, ArtifactError)
    assert error.where == str(folder / "model.joblib")
    assert error.why == why
    assert error.mend == "Save the fitted estimator itself with joblib.dump"


@pytest.mark.parametrize("estimator", [LinearRegression(), make_pipeline(StandardScaler(), LinearRegression())])
def test_an_estimator_that_is_not_fitted_is_refused(models_folder: ModelsFolder, estimator: Any) -> None:
    models_folder.add("m", estimator)
    error = refusal(models_folder)
    assert error.why == f"its {type(estimator).__name__} is not fitted"
    assert error.mend == "Call fit on it before you save it"


def test_an_estimator_that_answers_nothing_for_new_rows_is_refused(models_folder: ModelsFolder) -> None:
    models_folder.add("m", DBSCAN().fit(ROWS))
    assert (
        refusal(models_folder).why
        == "its DBSCAN describes the rows that it was fitted on, and cannot answer for new rows"
    )


class Touchy(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Answers rows like the training data only."""

    def fit(self, rows: pd.DataFrame, _: object = None) -> Touchy:
        """Note what there is."""
        self.feature_names_in_ = np.asarray(rows.columns, dtype=object)
        self.least_ = rows.to_numpy().min()
        return self

    def predict(self, rows: pd.DataFrame) -> Any:
        """Add up, or refuse."""
        if (rows.to_numpy() < self.least_).any():
            raise ValueError("a value is too small\nand more is said below")
        return rows.to_numpy().sum(axis=1)


def test_an_estimator_that_raises_on_the_example_row_is_refused_and_asks_for_a_sample(
    models_folder: ModelsFolder,
) -> None:
    folder = models_folder.add("m", Touchy().fit(ROWS + 10), card="task: regression")
    error = refusal(models_folder)
    assert error.where == str(folder / "model.joblib")
    assert "it raises ValueError on the example row {'a': 0.0, 'b': 0.0}: a value is too small" in error.why
    assert error.mend == "Put a sample.csv with some rows of its training data beside it"


def test_with_a_sample_the_example_row_is_a_real_one(models_folder: ModelsFolder) -> None:
    models_folder.add("m", Touchy().fit(ROWS + 10), card="task: regression", sample=ROWS + 10)
    model = loaded(models_folder)
    assert model.signature.example_row == (11.0, 10.0)
    assert model.info.status is ModelStatus.READY


class Homemade:
    """A user's own class, without any base of scikit-learn's."""

    def fit(self, _: object) -> Homemade:
        """Learn nothing."""
        return self

    def predict(self, rows: pd.DataFrame) -> list[float]:
        """Answer a list, not an array."""
        return [float(value) * 2 for value in rows["a"]]


def test_a_class_of_the_users_own_is_served_where_the_card_says_its_task(models_folder: ModelsFolder) -> None:
    models_folder.add("m", Homemade().fit(ROWS), card="task: regression", sample=ROWS)
    model = loaded(models_folder)
    assert model.serving.task is Task.REGRESSION
    assert [output.name for output in model.serving.outputs] == ["value"]
    assert model.serving.estimator.name == "Homemade"
    assert model.serving.estimator.hyperparameters == ()


def test_a_class_of_the_users_own_without_a_task_is_asked_for_it(models_folder: ModelsFolder) -> None:
    models_folder.add("m", Homemade().fit(ROWS), sample=ROWS)
    error = refusal(models_folder)
    assert error.why == "its Homemade does not say what its answers are"
    assert "task: regression" in error.mend


class Moody(Homemade):
    """Raises where nobody expects it."""

    def get_params(self, *, deep: bool) -> dict[str, object]:
        """Refuse."""
        raise RuntimeError(f"not today (deep={deep})")


def test_a_fault_that_nobody_foresaw_is_an_error_of_that_model_alone(models_folder: ModelsFolder) -> None:
    models_folder.add("bad", Moody().fit(ROWS), card="task: regression", sample=ROWS)
    models_folder.add("good", LinearRegression().fit(ROWS, TARGET))
    models = models_folder.load(keep_going=True)
    assert [model.info.name for model in models.loaded] == ["good"]
    (bad,) = models.failed
    assert bad.error is not None
    assert "it raised RuntimeError while it was loaded: not today (deep=True)." in bad.error


@pytest.mark.parametrize(
    ("task", "lacking"),
    [("classification", "classes_"), ("transformation", "transform")],
)
def test_a_task_that_the_estimator_cannot_do_is_refused(models_folder: ModelsFolder, task: str, lacking: str) -> None:
    folder = models_folder.add("m", LinearRegression().fit(ROWS, TARGET), card=f"task: {task}")
    error = refusal(models_folder)
    assert isinstance(error, CardError)
    assert error.where == str(folder / "card.yaml")
    assert error.why == f"task: {task}: LinearRegression has no {lacking}"
    assert error.mend == "Correct the task, or leave it out"


def test_a_task_of_two_that_the_estimator_can_do_is_the_cards(models_folder: ModelsFolder) -> None:
    pipeline = make_pipeline(StandardScaler()).fit(ROWS)
    models_folder.add("m", pipeline, card="task: transformation")
    assert loaded(models_folder).serving.task is Task.TRANSFORMATION


class Stranger(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # same
    """Answers a class that it does not have."""

    def fit(self, rows: pd.DataFrame, _: object) -> Stranger:
        """Claim two classes."""
        self.n_features_in_ = rows.shape[1]
        self.classes_ = np.array(["a", "b"])
        return self

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Answer a third."""
        return np.full(len(rows), "c")


class Halfway(Stranger):
    """Predicts, and cannot say how probable it is."""

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Answer the first class."""
        return np.full(len(rows), "a")

    def predict_proba(self, _: np.ndarray) -> None:
        """Refuse."""
        raise NotImplementedError("some day")


def test_a_classifier_whose_answers_are_none_of_its_classes_is_refused_at_the_start(
    models_folder: ModelsFolder,
) -> None:
    models_folder.add("m", Stranger().fit(ROWS, TARGET))
    error = refusal(models_folder)
    assert isinstance(error, ArtifactError)
    assert "predict answered a label that is not among the estimator's classes_" in error.why


def test_a_method_that_raises_on_the_example_row_is_named(models_folder: ModelsFolder) -> None:
    models_folder.add("m", Halfway().fit(ROWS, TARGET))
    error = refusal(models_folder)
    assert error.why.startswith("its predict/predict_proba raises NotImplementedError: some day (on the example row {")
    assert error.mend == "Give it a sample.csv with rows like the training data, or correct the estimator"


def test_what_is_known_of_a_loaded_model_is_all_there(models_folder: ModelsFolder) -> None:
    forest = RandomForestRegressor(3, max_depth=2, random_state=0).fit(ROWS, TARGET)
    folder = models_folder.add("m", forest, sample=ROWS, card="{owner: Ann, limits: {max_rows: 7, deadline_ms: 90}}")
    model = loaded(models_folder)
    info, serving = model.info, model.serving
    assert (info.name, info.version, info.versions, info.default, info.error) == ("m", "1", ("1",), True, None)
    assert (info.card.owner, info.serving) == ("Ann", serving)
    assert serving.task is Task.REGRESSION
    assert [feature.source for feature in serving.signature.features] == ["a", "b"]
    assert serving.label is None
    assert serving.artifact.size_bytes == (folder / "model.joblib").stat().st_size
    assert (serving.limits.max_rows, serving.limits.deadline_seconds) == (7, 0.09)
    assert serving.load_seconds > 0
    assert serving.warnings == ()
    assert serving.estimator.framework == "scikit-learn"
    assert [(step.name, step.estimator) for step in serving.estimator.steps] == [
        ("randomforestregressor", "RandomForestRegressor")
    ]
    parameters = {parameter.name: parameter.value for parameter in serving.estimator.hyperparameters}
    assert (parameters["n_estimators"], parameters["criterion"]) == ("3", "'squared_error'")
    assert serving.estimator.importances == tuple(forest.feature_importances_)
    assert 0 < serving.cost.seconds(1) <= serving.cost.seconds(64) < math.inf


def test_without_a_card_the_servers_limits_hold(models_folder: ModelsFolder) -> None:
    models_folder.add("m", LinearRegression().fit(ROWS, TARGET))
    limits = loaded(models_folder).serving.limits
    assert (limits.max_rows, limits.deadline_seconds) == (100_000, 30)
