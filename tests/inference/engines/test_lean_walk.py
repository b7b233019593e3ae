"""All trees of a forest walked together end in the leaves that each tree finds by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import IsolationForest, RandomForestRegressor

from inference.engines.lean.engine import LeanEngine
from inference.engines.lean.walk import Walk, in_turn
from inference.engines.plain import PlainEngine
from inference.engines.proof import check_same
from inference.outputs.answers import PREDICT

if TYPE_CHECKING:
    from inference.model import LoadedModel

    Load = Callable[..., LoadedModel]

RANDOM = np.random.default_rng(0)
ROWS = pd.DataFrame(RANDOM.normal(size=(150, 4)).round(1), columns=list("abcd"))
FOREST = RandomForestRegressor(20, random_state=0).fit(ROWS.to_numpy(), ROWS["a"] * ROWS["b"])
TREES = [one.tree_ for one in FOREST.estimators_]


@pytest.mark.parametrize("count", [1, 2, 7, 100])
def test_they_end_in_the_same_leaves(count: int) -> None:
    rows = np.ascontiguousarray(ROWS.to_numpy()[:count], dtype=np.float32)
    walk = Walk.of(TREES, [None] * 20)
    assert walk is not None
    leaves = walk.leaves(rows)
    assert leaves is not None
    starts = np.cumsum([0, *(tree.node_count for tree in TREES[:-1])])
    expected = [tree.apply(rows) + start for tree, start in zip(TREES, starts, strict=True)]
    assert np.array_equal(leaves, expected)


def test_values_on_a_threshold_go_left() -> None:
    thresholds = np.unique(np.concatenate([tree.threshold[tree.feature == 0] for tree in TREES]))
    rows = np.zeros((len(thresholds), 4), dtype=np.float32)
    rows[:, 0] = thresholds
    for row in rows:
        leaves = Walk(TREES[:1], [None]).leaves(row[np.newaxis])
        assert leaves is not None
        assert leaves.item() == TREES[0].apply(row[np.newaxis]).item()


def test_trees_of_some_columns_ask_those() -> None:
    forest = IsolationForest(n_estimators=9, max_features=2, random_state=0).fit(ROWS.to_numpy())
    rows = np.ascontiguousarray(ROWS.to_numpy()[:5], dtype=np.float32)
    trees = [one.tree_ for one in forest.estimators_]
    walk = Walk.of(trees, forest.estimators_features_)
    assert walk is not None
    leaves = walk.leaves(rows)
    assert leaves is not None
    last = trees[-1].apply(np.ascontiguousarray(rows[:, forest.estimators_features_[-1]]))
    assert (leaves[-1] - sum(tree.node_count for tree in trees[:-1])).tolist() == last.tolist()


def test_many_rows_missing_values_and_few_trees_are_left_to_the_trees() -> None:
    walk = Walk.of(TREES, [None] * 20)
    assert walk is not None
    assert walk.leaves(np.zeros((1000, 4), dtype=np.float32)) is None
    assert walk.leaves(np.full((1, 4), np.nan, dtype=np.float32)) is None
    assert Walk.of(TREES[:3], [None] * 3) is None


def test_a_forest_that_knows_missing_values_answers_them_as_it_does(load: Load) -> None:
    gaps = ROWS.mask(RANDOM.random(ROWS.shape) < 0.2)
    model = load(RandomForestRegressor(12, random_state=0).fit(gaps, ROWS["a"]), sample=gaps)
    assert isinstance(model.engine, LeanEngine)
    columns: list[list[Any]] = [[None, 0.5], [1.0, 0.5], [None, -0.5], [0.1, 0.2]]
    check_same(
        PlainEngine(model.estimator, model.signature).ask(columns, 2, [PREDICT]), model.ask(columns, 2, [PREDICT])
    )


def test_sums_are_made_one_after_another_from_zero() -> None:
    values = RANDOM.normal(size=(300, 2)) * 10.0 ** RANDOM.integers(-9, 9, size=(300, 2))
    total = np.zeros(2)
    for one in values:
        total += one
    assert in_turn(values).tolist() == total.tolist()
    assert not np.signbit(in_turn(np.full((3, 1), -0.0))).any()
