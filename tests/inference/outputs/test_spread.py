"""The estimator that says how sure it is, found behind searches and pipelines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import BayesianRidge, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from inference.outputs.spread import with_std

X = np.random.default_rng(0).normal(size=(20, 3))
Y = X @ [1.0, 2.0, 3.0]


def searched(estimator: Any) -> GridSearchCV:
    return GridSearchCV(estimator, {}, cv=2)


@pytest.mark.parametrize(
    "estimator",
    [
        BayesianRidge(),
        make_pipeline(StandardScaler(), BayesianRidge()),
        searched(BayesianRidge()),
        searched(make_pipeline(StandardScaler(), BayesianRidge())),
        make_pipeline(StandardScaler(), searched(BayesianRidge())),
        make_pipeline(StandardScaler(), searched(make_pipeline(StandardScaler(), searched(BayesianRidge())))),
        FrozenEstimator(searched(BayesianRidge()).fit(X, Y)),
    ],
    ids=str,
)
def test_what_is_found_predicts_the_same_and_a_deviation(estimator: Any) -> None:
    fitted = estimator.fit(X, Y)
    found = with_std(fitted)
    assert found is not None
    mean, std = found.predict(X, return_std=True)
    assert mean.tolist() == fitted.predict(X).tolist()
    assert (std > 0).all()


def test_a_pipeline_that_is_asked_in_another_way_is_itself_left_as_it_is() -> None:
    fitted = make_pipeline(StandardScaler(), searched(BayesianRidge())).fit(X, Y)
    steps = list(fitted.steps)
    assert with_std(fitted) is not fitted
    assert fitted.steps == steps


@pytest.mark.parametrize(
    "estimator",
    [Ridge(), searched(Ridge()), make_pipeline(StandardScaler(), Ridge()), StandardScaler(), Pipeline([("s", None)])],
    ids=str,
)
def test_nothing_is_found_where_nobody_gives_a_deviation(estimator: Any) -> None:
    assert with_std(estimator.fit(X, Y)) is None
