"""What a fitted estimator says of itself."""

from __future__ import annotations

from importlib import metadata
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from inference.estimator_info import estimator_info
from inference.info import EstimatorInfo, LibraryVersion, Step

ROWS = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 3)), columns=["a", "b", "c"])
CLASSES = ["x", "y", "z"] * 10


def info(estimator: Any, features: int = 3, trained_with: str | None = None) -> EstimatorInfo:
    return estimator_info(estimator, features, trained_with)


def parameters(described: EstimatorInfo) -> dict[str, str]:
    return {parameter.name: parameter.value for parameter in described.hyperparameters}


def test_a_pipeline_is_named_after_its_last_step_and_lists_all() -> None:
    described = info(make_pipeline(StandardScaler(), LogisticRegression(C=0.5)).fit(ROWS, CLASSES))
    assert (described.framework, described.name) == ("scikit-learn", "LogisticRegression")
    assert described.steps == (
        Step("standardscaler", "StandardScaler"),
        Step("logisticregression", "LogisticRegression"),
    )
    assert parameters(described)["logisticregression__C"] == "0.5"
    assert not {"steps", "standardscaler", "logisticregression"} & parameters(described).keys()


def test_a_step_that_was_left_out_is_named_as_it_is_written() -> None:
    pipeline = make_pipeline("passthrough", LinearRegression()).fit(ROWS, ROWS["a"])
    assert info(pipeline).steps[0] == Step("passthrough", "passthrough")


def test_a_search_is_described_by_the_best_it_found() -> None:
    search = GridSearchCV(make_pipeline(StandardScaler(), KNeighborsClassifier()), {}, cv=2).fit(ROWS, CLASSES)
    described = info(search)
    assert described.name == "KNeighborsClassifier"
    assert [step.estimator for step in described.steps] == ["StandardScaler", "KNeighborsClassifier"]


def test_a_long_parameter_is_cut() -> None:
    described = info(RandomForestClassifier(2, class_weight=dict.fromkeys(range(500), 1.0)))
    value = parameters(described)["class_weight"]
    assert len(value) == 200
    assert value.startswith("{0: 1.0, 1: 1.0")
    assert value.endswith("…")


@pytest.mark.parametrize("trained_with", [None, "1.2.3"])
def test_the_library_is_said_with_the_version_in_training_and_now(trained_with: str | None) -> None:
    running = metadata.version("scikit-learn")
    (library,) = info(LinearRegression(), trained_with=trained_with).libraries
    assert library == LibraryVersion("scikit-learn", running, trained_with or running)


class Foreign(LinearRegression):  # type: ignore[misc]  # scikit-learn has no types
    """Comes from another package."""


def test_another_package_is_said_with_its_own_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Foreign, "__module__", "joblib.somewhere")
    described = info(Foreign(), trained_with="1.2.3")
    assert described.framework == "joblib"
    assert described.libraries == (
        LibraryVersion("scikit-learn", metadata.version("scikit-learn"), "1.2.3"),
        LibraryVersion("joblib", metadata.version("joblib"), None),
    )


def test_a_module_that_is_no_package_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Foreign, "__module__", "steps")
    assert info(Foreign()).libraries == ()


def test_importances_are_the_estimators_own() -> None:
    forest = RandomForestClassifier(3, random_state=0).fit(ROWS, CLASSES)
    assert info(forest).importances == tuple(forest.feature_importances_)


def test_coefficients_count_by_their_mean_size_over_the_classes() -> None:
    line = LogisticRegression().fit(ROWS, CLASSES)
    assert info(line).importances == pytest.approx(np.abs(line.coef_).mean(axis=0))


def test_importances_behind_a_scaler_are_those_of_the_features() -> None:
    pipeline = make_pipeline(StandardScaler(), LinearRegression()).fit(ROWS, ROWS["a"])
    assert info(pipeline).importances == pytest.approx(np.abs(pipeline[-1].coef_))


@pytest.mark.parametrize(
    "estimator",
    [
        make_pipeline(PCA(3), LinearRegression()).fit(ROWS, ROWS["a"]),
        KNeighborsClassifier().fit(ROWS, CLASSES),
    ],
    ids=["mixed", "none"],
)
def test_importances_of_other_columns_than_the_features_are_not_shown(estimator: Any) -> None:
    assert info(estimator).importances is None


def test_importances_of_columns_that_come_from_one_feature_are_added_up() -> None:
    columns = ColumnTransformer([("hot", OneHotEncoder(), ["b"])], remainder="passthrough")
    pipeline = make_pipeline(columns, RandomForestClassifier(3, random_state=0)).fit(ROWS.round(), CLASSES)
    shares = pipeline[-1].feature_importances_
    width = len(np.unique(ROWS["b"].round()))
    assert info(pipeline).importances == pytest.approx([shares[width], shares[:width].sum(), shares[width + 1]])
    nested = make_pipeline(StandardScaler(), GridSearchCV(make_pipeline(columns_by_place(), Ridge()), {}, cv=2))
    sizes = np.abs(nested.fit(ROWS, ROWS["a"])[-1].best_estimator_[-1].coef_)
    assert info(nested).importances == pytest.approx([sizes[0], sizes[1], sizes[2]])


def columns_by_place() -> ColumnTransformer:
    return ColumnTransformer([("all", "passthrough", [0, 1, 2])])


def test_importances_are_not_shown_where_one_vector_stands_for_all_columns() -> None:
    assert info(RandomForestClassifier(3, random_state=0).fit(ROWS, CLASSES), features=1).importances is None


def test_a_hyperparameter_that_is_no_default_is_marked_wherever_it_is() -> None:
    pipeline = make_pipeline(StandardScaler(with_mean=False), Ridge(alpha=2.0)).fit(ROWS, ROWS["a"])
    changed = {parameter.name for parameter in info(pipeline).hyperparameters if parameter.changed}
    assert changed == {"ridge__alpha", "standardscaler__with_mean"}
    assert not any(parameter.changed for parameter in info(LinearRegression().fit(ROWS, ROWS["a"])).hyperparameters)
