"""Every model has an example query and variables that run as they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import OneClassSVM
from sklearn.tree import DecisionTreeClassifier

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder
    from tests.schema.conftest import Served

SchemaOf = Callable[[Path], "Served"]

NUMBERS = np.random.default_rng(0).normal(size=(60, 4)).round(2)
TABLE = pd.DataFrame(NUMBERS, columns=["a", "b", "c", "d"])
WORDS = pd.DataFrame(
    {
        "colour": ["red", "blue", "green"] * 20,
        "kind": ["", "a-b", "größer als"] * 20,
        "size": NUMBERS[:, 0],
        "old": [True, False, True] * 20,
        "rooms": [1, 2, 3] * 20,
    }
)


def wide(columns: int) -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(1).normal(size=(60, columns))).rename(columns="f{}".format)


def words_encoded(final: Any, *, unknown: str = "error") -> Any:
    encoder = OneHotEncoder(handle_unknown=unknown)
    return make_pipeline(make_column_transformer((encoder, ["colour", "kind"]), remainder="passthrough"), final)


ODD: dict[str, tuple[Any, dict[str, Any]]] = {
    "features without names": (GaussianNB().fit(NUMBERS, ["x", "y"] * 30), {}),
    "500 features": (LinearRegression().fit(wide(500), NUMBERS[:, 0]), {}),
    "20 features": (LinearRegression().fit(wide(20), NUMBERS[:, 0]), {"sample": wide(20)}),
    "key words": (
        LinearRegression().fit(TABLE.set_axis(["class", "from", "True", "null"], axis="columns"), NUMBERS[:, 0]),
        {},
    ),
    "categories that are refused if unknown": (
        words_encoded(LinearRegression()).fit(WORDS, NUMBERS[:, 0]),
        {"sample": WORDS},
    ),
    "categories without a sample": (words_encoded(LinearRegression()).fit(WORDS, NUMBERS[:, 0]), {}),
    "categories that may be others": (
        words_encoded(LinearRegression(), unknown="ignore").fit(WORDS, NUMBERS[:, 0]),
        {"sample": WORDS},
    ),
    "many categories": (
        make_pipeline(OneHotEncoder(), LinearRegression()).fit(
            pd.DataFrame({"city": [f"city {place}" for place in range(100)]}), np.arange(100.0)
        ),
        {},
    ),
    "gaps in all columns": (
        make_pipeline(SimpleImputer(), LinearRegression()).fit(TABLE.where(TABLE > -1), NUMBERS[:, 0]),
        {"sample": TABLE.where(TABLE > -1)},
    ),
    "texts": (make_pipeline(TfidfVectorizer(), OneClassSVM()).fit(["one text", "another text", "a third"]), {}),
    "a hundred classes": (
        DecisionTreeClassifier(max_depth=2).fit(np.arange(200.0).reshape(-1, 1), [f"c{i % 100}" for i in range(200)]),
        {},
    ),
    "truth values": (GaussianNB().fit(TABLE, TABLE["a"] > 0), {"sample": TABLE}),
    "several targets": (LinearRegression().fit(TABLE, NUMBERS[:, :3]), {}),
    "twenty targets": (LinearRegression().fit(TABLE, np.tile(NUMBERS, 5)), {}),
    "clusters": (KMeans(3, n_init=1, random_state=0).fit(TABLE), {}),
    "outliers": (OneClassSVM().fit(TABLE), {"sample": TABLE}),
    "columns": (PCA(2).fit(TABLE), {}),
    "forty columns": (StandardScaler().fit(wide(40)), {}),
    "limits and defaults": (
        LinearRegression().fit(TABLE, NUMBERS[:, 0]),
        {
            "card": {
                "features": {
                    "a": {"min": 5, "max": 6},
                    "b": {"default": 1.5},
                    "c": {"example": 2.25},
                    "d": {"type": "integer"},
                }
            }
        },
    ),
}


@pytest.mark.parametrize("odd", ODD)
def test_the_example_of_an_odd_model_runs(odd: str, models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    estimator, options = ODD[odd]
    models_folder.add("m", estimator, **options)
    served = schema_of(models_folder.path)
    (example,) = served.schema.examples
    prediction = served.data(example.query, example.variables)["m"]
    assert set(prediction) > {"warnings"}
    assert prediction["warnings"] == []


def test_the_example_that_a_client_reads_runs_as_it_is(demo: Served) -> None:
    models = demo.data("{ models { name field exampleQuery exampleVariables } }")["models"]
    assert len(models) == 6
    for model in models:
        prediction = demo.data(model["exampleQuery"], json.loads(json.dumps(model["exampleVariables"])))
        assert prediction.keys() == {model["field"]}
        assert prediction[model["field"]]["warnings"] == []


def test_an_example_shows_each_thing_once_and_leaves_out_long_objects(demo: Served) -> None:
    examples = {example.model: example.query for example in demo.schema.examples}
    assert "probabilities {" in examples["iris"]
    assert "topClasses" not in examples["iris"]
    assert "rawLabel" not in examples["iris"]
    assert "probabilities {" not in examples["language"]
    assert "topClasses {" in examples["language"]
    assert examples["wine_outliers"].splitlines()[:2] == [
        "query WineOutliers($input: WineOutliersInput!) {",
        "  wineOutliers(input: $input) {",
    ]


def test_variables_are_written_as_a_person_would(demo: Served) -> None:
    text = {example.model: example.variables_text for example in demo.schema.examples}
    for example in demo.schema.examples:
        assert json.loads(example.variables_text) == example.variables
    assert len(text["digits"].splitlines()) == 5
    assert text["iris"].splitlines()[:3] == ["{", '  "input": {', '    "sepalLengthCm": 5.1,']
