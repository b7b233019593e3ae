"""What LightGBM, XGBoost and CatBoost tell of their columns: categories, texts, gaps; and rankers."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from catboost import CatBoostRanker, CatBoostRegressor
from lightgbm import LGBMRanker, LGBMRegressor
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression
from xgboost import XGBRanker, XGBRegressor

from inference.card import FeatureType, Task
from inference.outputs.output import OutputRequest
from inference.predictions import PredictRequest
from inference.service import InferenceService
from inference.signature.checks import WarningCode, check_rows, row_warnings

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder
    from tests.inference.conftest import Load

ROWS = 60
PLACES = np.arange(ROWS)
TABLE = pd.DataFrame(
    {
        "visits": PLACES % 9 * 1.5,
        "city": np.array(["Bern", "Chur", "Zug"])[PLACES % 3],
        "size": np.array([10, 20])[PLACES % 2],
    }
)
NUMBERS = TABLE[["visits", "size"]]
VALUES = PLACES % 9 * 2.0 + (PLACES % 3 == 0)
SMALL: dict[str, Any] = {"n_estimators": 5}
LIGHT: dict[str, Any] = {**SMALL, "verbose": -1, "min_child_samples": 2}
CAT: dict[str, Any] = {"iterations": 5, "verbose": 0, "allow_writing_files": False, "thread_count": 1}


def served(folder: ModelsFolder, columns: list[Any]) -> list[Any]:
    """Ask for the values of rows, given column by column as a caller would send them."""
    with closing(InferenceService(folder.load(), threads=1)) as service:
        request = PredictRequest("m", None, columns, len(columns[0]), (OutputRequest("value"),))
        answer = asyncio.run(service.predict(request))
    assert list(answer.errors) == []
    (column,) = answer.columns.values()
    return column


def direct(estimator: Any, rows: Any) -> list[float]:
    values: list[float] = np.asarray(estimator.predict(rows), dtype=float).tolist()
    return values


def test_categories_of_catboost_are_strings_without_a_sample(load: Load, models_folder: ModelsFolder) -> None:
    fitted = CatBoostRegressor(**CAT, cat_features=["city", "size"]).fit(TABLE, VALUES)
    assert [(feature.source, feature.type) for feature in load(fitted).signature.features] == [
        ("visits", FeatureType.FLOAT),
        ("city", FeatureType.TEXT),
        ("size", FeatureType.TEXT),  # CatBoost takes 10 and "10" for the same
    ]
    columns = [TABLE["visits"].tolist(), TABLE["city"].tolist(), TABLE["size"].astype(str).tolist()]
    assert served(models_folder, columns) == direct(fitted, TABLE)


def test_the_card_may_say_what_the_categories_of_catboost_are(load: Load) -> None:
    fitted = CatBoostRegressor(**CAT, cat_features=["city", "size"]).fit(TABLE, VALUES)
    card = {"features": {"city": {"categories": ["Bern", "Zug"]}, "size": {"type": "integer"}}}
    _, city, size = load(fitted, card=card).signature.features
    assert (city.type, city.open, size.type) == (FeatureType.CATEGORY, True, FeatureType.INTEGER)


def test_categories_of_catboost_fitted_on_an_array_have_fields_of_their_own(load: Load) -> None:
    rows = TABLE[["visits", "city"]].to_numpy(dtype=object)
    fitted = CatBoostRegressor(**CAT, cat_features=[1]).fit(rows, VALUES)
    types = [feature.type for feature in load(fitted).signature.features]
    assert types == [FeatureType.FLOAT, FeatureType.TEXT]


def test_words_that_catboost_splits_are_texts(load: Load, models_folder: ModelsFolder) -> None:
    table = TABLE[["visits"]].assign(note=[f"paid {city} twice" for city in TABLE["city"]])
    fitted = CatBoostRegressor(**CAT, text_features=["note"]).fit(table, VALUES)
    assert [feature.type for feature in load(fitted).signature.features] == [FeatureType.FLOAT, FeatureType.TEXT]
    assert served(models_folder, [table[name].tolist() for name in table]) == direct(fitted, table)


RANKERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "LightGBM": (LGBMRanker(**LIGHT), {"group": [ROWS // 2, ROWS // 2]}),
    "XGBoost": (XGBRanker(**SMALL), {"qid": PLACES // 20}),
    "CatBoost": (CatBoostRanker(**CAT), {"group_id": PLACES // 20}),
}


@pytest.mark.parametrize("name", RANKERS)
def test_a_ranker_answers_scores(load: Load, models_folder: ModelsFolder, name: str) -> None:
    estimator, groups = RANKERS[name]
    fitted = estimator.fit(NUMBERS, PLACES % 3, **groups)
    assert load(fitted).serving.task is Task.REGRESSION
    assert served(models_folder, [NUMBERS[name].tolist() for name in NUMBERS]) == direct(fitted, NUMBERS)


GAPS = np.where((PLACES[:, None] + [0, 3]) % 7 == 0, np.nan, NUMBERS.to_numpy(dtype=float))


@pytest.mark.parametrize(
    "estimator",
    [
        CatBoostRegressor(**CAT),
        XGBRegressor(**SMALL),
        LGBMRegressor(**LIGHT),
        HistGradientBoostingRegressor(max_iter=5),
    ],
    ids=["CatBoost", "XGBoost", "LightGBM", "scikit-learn"],
)
def test_numbers_of_a_vector_may_be_missing_where_the_model_answers(
    load: Load, models_folder: ModelsFolder, estimator: Any
) -> None:
    fitted = estimator.fit(GAPS, VALUES)
    (feature,) = load(fitted).signature.features
    assert (feature.length, feature.gaps, feature.required) == (2, True, True)
    sent = [[None if np.isnan(value) else value for value in row] for row in GAPS.tolist()]
    assert served(models_folder, [sent]) == direct(fitted, GAPS)


def test_numbers_of_a_vector_must_be_there_where_the_model_or_the_card_wants_them(load: Load) -> None:
    whole = NUMBERS.to_numpy(dtype=float)
    wanted = load(LinearRegression().fit(whole, VALUES)).signature
    assert not wanted.features[0].gaps
    (error,) = check_rows(wanted, [[[1.0, None]]])
    assert error.message == "features[1] is None; it must be a finite number"
    card = {"features": {"features": {"required": True}}}
    assert not load(LGBMRegressor(**LIGHT).fit(whole, VALUES), card=card).signature.features[0].gaps


def test_a_gap_in_a_vector_that_never_had_one_gets_a_warning(load: Load) -> None:
    whole = NUMBERS.to_numpy(dtype=float)
    signature = load(LGBMRegressor(**LIGHT).fit(whole, VALUES), sample=pd.DataFrame(whole)).signature
    assert check_rows(signature, [[[1.0, None], [1.0, 1e9]]]) == []
    warnings = row_warnings(signature, [[[1.0, None], [1.0, 10.0], [None, 1e9]]])
    assert [[(one.code, one.message) for one in row] for row in warnings] == [
        [(WarningCode.NEVER_MISSING, "features[1] is missing; it was never missing in training")],
        [],
        [(WarningCode.NEVER_MISSING, "features[0] is missing; it was never missing in training")],
    ]
