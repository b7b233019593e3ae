"""Columns are followed to the features that they come from, and only where that is certain."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    StandardScaler,
)

from inference.column_owners import Owners, column_owners

COUNT = 40
PLACES = np.arange(COUNT)
ROWS = pd.DataFrame(
    {
        "a": np.where(PLACES % 5 == 0, np.nan, PLACES % 7 + 0.5),
        "b": np.array(["x", "y", "z", "y"])[PLACES % 4],
        "b_x": PLACES % 11 + 0.5,
        "rare": np.array(["p"] * 18 + ["q"] * 18 + ["r", "s", "t", "u"]),
    }
)
TARGET = PLACES % 3


@pytest.mark.parametrize(
    ("step", "columns", "owners"),
    [
        (StandardScaler(), ["a", "b_x"], (0, 1)),
        (OneHotEncoder(), ["b", "rare"], (0, 0, 0, 1, 1, 1, 1, 1, 1)),
        (OneHotEncoder(drop="first"), ["b", "rare"], (0, 0, 1, 1, 1, 1, 1)),
        (OneHotEncoder(min_frequency=5), ["b", "rare"], (0, 0, 0, 1, 1, 1)),
        (OneHotEncoder(min_frequency=5, drop="first"), ["b", "rare"], (0, 0, 1, 1)),
        (OrdinalEncoder(), ["b", "rare"], (0, 1)),
        (SimpleImputer(add_indicator=True), ["b_x", "a"], (0, 1, 1)),
        (KBinsDiscretizer(3, quantile_method="averaged_inverted_cdf"), ["b_x"], (0, 0, 0)),
        (KBinsDiscretizer(3, encode="ordinal", quantile_method="averaged_inverted_cdf"), ["b_x"], (0,)),
        (make_pipeline(SimpleImputer(), SelectKBest(k=1)), ["a", "b_x"], None),
        (make_pipeline(SimpleImputer(), PCA(2)), ["a", "b_x"], None),
        (PolynomialFeatures(), ["b_x"], None),
        (FunctionTransformer(np.log1p, feature_names_out="one-to-one"), ["a", "b_x"], (0, 1)),
        (FunctionTransformer(np.log1p), ["a", "b_x"], None),
        (FunctionTransformer(), ["a", "b_x"], (0, 1)),
        (
            FeatureUnion([("one", StandardScaler()), ("two", "passthrough"), ("none", "drop")]),
            ["a", "b_x"],
            (0, 1, 0, 1),
        ),
        (FeatureUnion([("one", StandardScaler()), ("two", PolynomialFeatures())]), ["b_x"], None),
        (
            ColumnTransformer(
                [
                    ("words", OneHotEncoder(), make_column_selector(dtype_include=[object, "str"])),
                    ("last", StandardScaler(), [2]),
                    ("gone", "drop", ["a"]),
                ],
            ),
            ["a", "b", "b_x"],
            (1, 1, 1, 2),
        ),
        (
            ColumnTransformer([("words", OneHotEncoder(), ["b"])], remainder=SimpleImputer()),
            ["a", "b", "b_x"],
            (1, 1, 1, 0, 2),
        ),
        (ColumnTransformer([("mixed", PCA(1), ["b_x"])], remainder="passthrough"), ["a", "b", "b_x"], None),
        (ColumnTransformer([("nothing", StandardScaler(), [])], remainder="passthrough"), ["a", "b_x"], (0, 1)),
    ],
    ids=lambda value: " ".join(repr(value).split())[:60],
)
def test_the_owners_of_columns_are_certain_or_none(step: Any, columns: list[str], owners: Owners | None) -> None:
    fitted = step.fit(ROWS[columns], TARGET)
    found = column_owners(fitted, tuple(range(len(columns))))
    if isinstance(step, type(make_pipeline("passthrough"))) and "selectkbest" in step.named_steps:
        owners = tuple(np.flatnonzero(fitted[-1].get_support()).tolist())
    assert found == owners
    if found is not None:
        assert len(found) == fitted.transform(ROWS[columns]).shape[1]


def test_an_imputer_that_drops_an_empty_column_is_followed_by_names() -> None:
    rows = pd.DataFrame({"a": [1.0, 2.0], "empty": [np.nan, np.nan], "c": [3.0, 4.0]})
    with pytest.warns(UserWarning, match="Skipping features without any observed values"):
        assert len(SimpleImputer().fit(rows).transform(rows)[0]) == 2
    assert column_owners(SimpleImputer().fit(rows), (0, 1, 2)) == (0, 2)
    assert column_owners(SimpleImputer().fit(rows.to_numpy()), (0, 1, 2)) == (0, 2)
