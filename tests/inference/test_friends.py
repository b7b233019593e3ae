"""LightGBM, XGBoost, CatBoost and imbalanced-learn: served answers are those of the estimators called directly."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from catboost import CatBoostClassifier, CatBoostRegressor
from imblearn.ensemble import BalancedRandomForestClassifier
from imblearn.over_sampling import RandomOverSampler
from imblearn.pipeline import make_pipeline as make_sampling_pipeline
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier, XGBRegressor, XGBRFClassifier

from inference.card import FeatureType
from inference.outputs.output import OutputRequest
from inference.predictions import PredictRequest
from inference.service import InferenceService

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder
    from tests.inference.conftest import Load

ROWS = 120
RANDOM = np.random.default_rng(0)
NUMBERS = pd.DataFrame(
    {
        "age": np.where(np.arange(ROWS) % 7 == 0, np.nan, RANDOM.normal(size=ROWS).round(3)),
        "visits": RANDOM.integers(0, 9, ROWS),
    }
)
TABLE = NUMBERS.assign(
    city=np.array(["Bern", "Chur", "Zug"])[RANDOM.integers(0, 3, ROWS)],
    size=np.array([10, 20])[RANDOM.integers(0, 2, ROWS)],
    vip=RANDOM.integers(0, 2, ROWS) == 1,
)
FILLED = NUMBERS.fillna(0)
WORDS = np.array(["few", "some", "many"])[NUMBERS["visits"] // 3]
CODES = NUMBERS["visits"].to_numpy() // 3
VALUES = NUMBERS["visits"] * 2.0 + (TABLE["city"] == "Bern") + TABLE["size"] / 7


def categorical(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(city=table["city"].astype("category"), size=table["size"].astype("category"))


CATEGORIES = categorical(TABLE)
SMALL: dict[str, Any] = {"n_estimators": 5}
LIGHT: dict[str, Any] = {**SMALL, "verbose": -1, "min_child_samples": 2}
CAT: dict[str, Any] = {"iterations": 5, "verbose": 0, "allow_writing_files": False, "thread_count": 1}
MODELS: dict[str, tuple[Any, pd.DataFrame, Any]] = {
    "LightGBM classifier": (LGBMClassifier(**LIGHT), NUMBERS, WORDS),
    "LightGBM regressor": (LGBMRegressor(**LIGHT), NUMBERS, VALUES),
    "LightGBM with categoricals": (LGBMClassifier(**LIGHT), CATEGORIES, WORDS),
    "LightGBM with categoricals in a search": (GridSearchCV(LGBMRegressor(**LIGHT), {}, cv=2), CATEGORIES, VALUES),
    "XGBoost classifier": (XGBClassifier(**SMALL), NUMBERS, CODES),
    "XGBoost random forest": (XGBRFClassifier(**SMALL), NUMBERS, CODES),
    "XGBoost regressor": (XGBRegressor(**SMALL), NUMBERS, VALUES),
    "XGBoost with categoricals": (XGBRegressor(**SMALL, enable_categorical=True), CATEGORIES, VALUES),
    "CatBoost classifier": (CatBoostClassifier(**CAT), NUMBERS, WORDS),
    "CatBoost regressor": (CatBoostRegressor(**CAT), NUMBERS, VALUES),
    "CatBoost with categories": (CatBoostClassifier(**CAT, cat_features=["city", "size", "vip"]), TABLE, WORDS),
    "imbalanced-learn pipeline": (
        make_sampling_pipeline(RandomOverSampler(random_state=0), StandardScaler(), LogisticRegression()),
        FILLED,
        WORDS,
    ),
    "imbalanced-learn forest": (
        BalancedRandomForestClassifier(n_estimators=5, random_state=0, replacement=True, sampling_strategy="all"),
        FILLED,
        WORDS,
    ),
    "LightGBM behind a scaler": (
        make_pipeline(StandardScaler().set_output(transform="pandas"), LGBMClassifier(**LIGHT)),
        NUMBERS,
        WORDS,
    ),
}


def answers(estimator: Any, table: pd.DataFrame) -> list[float]:
    """Call the estimator directly."""
    values: list[float] = np.asarray(estimator.predict(table), dtype=float).tolist()
    return values


def served(folder: ModelsFolder, table: pd.DataFrame, output: str) -> list[Any]:
    """Ask for each row what a caller would send: plain values, None where they are missing."""
    models = folder.load()
    columns = [
        [None if isinstance(value, float) and np.isnan(value) else value for value in table[name].astype(object)]
        for name in (feature.source for feature in models.loaded[0].signature.features)
    ]
    with closing(InferenceService(models, threads=1)) as service:
        request = PredictRequest("m", None, columns, len(table), (OutputRequest(output),))
        answer = asyncio.run(service.predict(request))
    assert list(answer.errors) == []
    (column,) = answer.columns.values()
    return column


@pytest.mark.parametrize("name", MODELS)
def test_what_is_served_is_what_the_estimator_answers(models_folder: ModelsFolder, name: str) -> None:
    estimator, table, target = MODELS[name]
    estimator.fit(table, target)
    models_folder.add("m", estimator, sample=table)
    if hasattr(estimator, "predict_proba"):
        assert served(models_folder, table, "probability_vector") == estimator.predict_proba(table).tolist()
        labels = np.asarray(estimator.predict(table)).reshape(-1)
        assert served(models_folder, table, "raw_label") == [str(label) for label in labels]
    else:
        assert served(models_folder, table, "value") == np.asarray(estimator.predict(table), dtype=float).tolist()


@pytest.mark.parametrize(
    "estimator",
    [LGBMRegressor(**LIGHT), XGBRegressor(**SMALL, enable_categorical=True)],
    ids=["LightGBM", "XGBoost"],
)
def test_categories_are_known_and_may_be_missing_without_a_sample(
    load: Load, models_folder: ModelsFolder, estimator: Any
) -> None:
    table = CATEGORIES[["city", "size"]]
    fitted = estimator.fit(table, VALUES)
    city, size = load(fitted).signature.features
    assert (city.type, city.categories, city.nullable) == (FeatureType.CATEGORY, ("Bern", "Chur", "Zug"), True)
    assert (size.type, size.categories) == (FeatureType.INTEGER, (10, 20))
    gaps = TABLE[["city", "size"]].astype(object).mask(np.arange(ROWS)[:, None] % 5 == [0, 1])
    direct = pd.DataFrame({name: gaps[name].astype(table[name].dtype) for name in gaps})
    assert served(models_folder, gaps, "value") == fitted.predict(direct).astype(float).tolist()


def test_an_unknown_category_is_missing_to_lightgbm_and_refused_by_xgboost(
    load: Load, models_folder: ModelsFolder
) -> None:
    table = CATEGORIES[["city", "visits"]]
    unknown = TABLE[["city", "visits"]].replace({"city": {"Bern": "Basel"}})
    light = LGBMRegressor(**LIGHT).fit(table, VALUES)
    assert load(light, sample=table).signature.features[0].open
    direct = np.asarray(light.predict(unknown.assign(city=unknown["city"].astype("category"))))
    assert served(models_folder, unknown, "value") == direct.tolist()
    strict = XGBRegressor(**SMALL, enable_categorical=True).fit(table, VALUES)
    assert not load(strict, sample=table).signature.features[0].open


def test_categories_of_any_letters_reach_the_model_as_they_are(load: Load, models_folder: ModelsFolder) -> None:
    named = TABLE.replace({"city": {"Bern": "Z\u00fcrich", "Chur": "\u6771\u4eac"}})
    table = categorical(named)[["city", "visits"]]
    for estimator in (LGBMRegressor(**LIGHT), XGBRegressor(**SMALL, enable_categorical=True)):
        fitted = estimator.fit(table, VALUES)
        assert load(fitted, sample=table).signature.features[0].categories == ("Zug", "Z\u00fcrich", "\u6771\u4eac")
        assert served(models_folder, named[["city", "visits"]], "value") == answers(fitted, table)


def test_features_of_trees_may_be_missing(load: Load) -> None:
    for name in ("LightGBM classifier", "XGBoost classifier", "CatBoost classifier"):
        estimator, table, target = MODELS[name]
        model = load(estimator.fit(table, target))
        assert [(f.source, f.nullable) for f in model.signature.features] == [("age", True), ("visits", True)]


@pytest.mark.parametrize("estimator", [CatBoostRegressor(**CAT), XGBRegressor(**SMALL), LGBMRegressor(**LIGHT)])
def test_a_model_fitted_on_an_array_takes_a_vector(load: Load, estimator: Any) -> None:
    (feature,) = load(estimator.fit(FILLED.to_numpy(), VALUES)).signature.features
    assert (feature.type, feature.length) == (FeatureType.VECTOR, 2)


@pytest.mark.parametrize(
    ("name", "library"),
    [
        ("LightGBM classifier", "lightgbm"),
        ("XGBoost classifier", "xgboost"),
        ("CatBoost classifier", "catboost"),
        ("imbalanced-learn forest", "imbalanced-learn"),
    ],
)
def test_metadata_names_the_library_and_its_version(load: Load, name: str, library: str) -> None:
    estimator, table, target = MODELS[name]
    info = load(estimator.fit(table, target)).serving.estimator
    assert info.framework == library
    assert [(one.name, one.running[:1].isdigit()) for one in info.libraries] == [(library, True)]
