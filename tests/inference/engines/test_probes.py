"""Probe rows are accepted by the model, the same ones each time, and sit where engines part."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingRegressor, IsolationForest
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeRegressor

from inference.card import FeatureType
from inference.engines.probes import Probes, make_probes
from inference.engines.thresholds import thresholds_of
from inference.signature.feature import Container, Feature, Signature

SAMPLE = pd.DataFrame({"n": [1.0, 2.0, 4.0], "i": [1, 5, 9], "w": ["x", "y", "x"], "t": ["one two", "", "three"]})
FEATURES = (
    Feature("n", FeatureType.FLOAT, nullable=True, min=0.0, example=1.0),
    Feature("i", FeatureType.INTEGER, example=1),
    Feature("w", FeatureType.CATEGORY, categories=("x", "y"), open=False, example="x"),
    Feature("t", FeatureType.TEXT, example="one"),
)
SIGNATURE = Signature(FEATURES, Container.FRAME)
ROWS = np.random.default_rng(0).normal(size=(50, 3))


def probes(count: int = 400, thresholds: dict[int, Any] | None = None) -> Probes:
    """Make rows for the signature above."""
    return make_probes(SIGNATURE, SAMPLE, count, thresholds or {})


def test_they_are_as_many_as_wanted_and_the_same_each_time() -> None:
    assert [len(column) for column in probes().columns] == [400] * 4
    assert probes() == probes()


def test_the_samples_own_rows_stand_first_as_they_are() -> None:
    assert probes().take(0, 3) == Probes([SAMPLE[name].tolist() for name in SAMPLE], 3)


def test_values_are_the_features_own() -> None:
    numbers, whole, words, texts = probes().columns
    assert None in numbers
    assert min(value for value in numbers if value is not None) >= 0
    assert {type(value) for value in whole} == {int}
    assert set(words) == {"x", "y"}
    assert "" in texts
    assert any("three" in text and text != "three" for text in texts)


def test_nothing_is_tried_that_would_be_refused_and_the_least_and_the_greatest_values_always_are() -> None:
    lengths = tuple(range(40))
    feature = Feature("v", FeatureType.VECTOR, length=40, min=0.0, max=16.0, example=(0.0,) * 40)
    sample = pd.DataFrame(np.random.default_rng(0).integers(0, 9, size=(500, 40)), columns=[*map(str, lengths)])
    (vectors,) = make_probes(Signature((feature,), Container.ARRAY), sample, 1000, {}).columns
    tried = np.array(vectors)
    assert (tried.min(axis=0), tried.max(axis=0)) == (pytest.approx(np.zeros(40)), pytest.approx(np.full(40, 16.0)))
    assert len(np.unique(tried, axis=0)) > 900
    columns = tuple(Feature(f"n{place}", FeatureType.FLOAT, min=0.0, max=16.0, example=1.0) for place in lengths)
    made = make_probes(
        Signature(columns, Container.FRAME), sample.set_axis([one.source for one in columns], axis=1), 1000, {}
    )
    assert {(min(column), max(column)) for column in made.columns} == {(0.0, 16.0)}


def test_what_lies_half_way_between_neighbours_is_tried_with_the_floats_beside_it() -> None:
    numbers = set(probes(4000).columns[0])
    assert {3.0, float(np.nextafter(3.0, 4.0)), float(np.nextafter(np.float32(3), np.float32(2)))} <= numbers


def test_thresholds_are_tried_with_the_floats_beside_them() -> None:
    numbers = set(probes(4000, {0: np.array([2.7])}).columns[0])
    assert {2.7, float(np.float32(2.7)), float(np.nextafter(2.7, 0))} <= numbers


def test_vectors_are_mixed_of_the_samples() -> None:
    feature = Feature("v", FeatureType.VECTOR, length=3, example=(0.0, 0.0, 0.0))
    sample = pd.DataFrame(ROWS, columns=["0", "1", "2"])
    (vectors,) = make_probes(Signature((feature,), Container.ARRAY), sample, 300, {}).columns
    assert len(vectors) == 300
    assert {len(vector) for vector in vectors} == {3}
    assert np.isfinite(np.array(vectors)).all()


def test_without_a_sample_numbers_of_all_sizes_are_tried() -> None:
    numbers = [value for value in make_probes(SIGNATURE, None, 400, {}).columns[1] if value is not None]
    assert max(numbers) == 1_000_000


@pytest.mark.parametrize(
    "estimator",
    [
        DecisionTreeRegressor(max_depth=3),
        GradientBoostingRegressor(n_estimators=3),
        HistGradientBoostingRegressor(max_iter=3, min_samples_leaf=2),
        IsolationForest(n_estimators=3, max_features=2),
    ],
    ids=lambda one: type(one).__name__,
)
def test_thresholds_lie_within_the_column_that_they_are_of(estimator: Any) -> None:
    rows = ROWS + np.array([0, 100, 200])
    found = thresholds_of(estimator.fit(rows, rows.sum(axis=1)))
    assert found
    for column, thresholds in found.items():
        assert rows[:, column].min() <= thresholds.min() <= thresholds.max() <= rows[:, column].max()


def test_what_asks_whether_a_value_is_missing_is_no_threshold() -> None:
    rows = ROWS.copy()
    rows[::2, 0] = np.nan
    target = np.isnan(rows[:, 0]).astype(float)
    tree = DecisionTreeRegressor(max_depth=1).fit(rows, target)
    assert np.isinf(tree.tree_.threshold[0])
    assert thresholds_of(tree) == {}


def test_a_line_has_no_thresholds() -> None:
    assert thresholds_of(LinearRegression().fit(ROWS, ROWS[:, 0])) == {}
