"""Boosters in MLflow folders, and what else has a library's own file: served answers are `Booster.predict`'s."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import catboost
import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost

from inference.card import FeatureType, Task
from inference.errors import LoadFailed
from inference.loader import load_models
from inference.trust import Trust
from tests.inference.mlflow_folders import tensor, write_folder
from tests.inference.test_trust import LIMITS

if TYPE_CHECKING:
    from inference.model import LoadedModel
    from tests.conftest import ModelsFolder

PLACES = np.arange(60)
TABLE = pd.DataFrame(
    {
        "petal width": np.where(PLACES % 7 == 0, np.nan, PLACES * 1.5),
        "visits": PLACES % 9,
        "city": pd.Categorical(np.array(["Bern", "Chur", "Zug"])[PLACES % 3]),
    }
)
NUMBERS = TABLE[["petal width", "visits"]]
COLUMNS = [{"type": "double", "name": "petal width", "required": False}, {"type": "long", "name": "visits"}]
THREE, TWO = PLACES % 3, (PLACES % 9 > 4).astype(int)
VALUES = PLACES % 9 * 2.0 + (PLACES % 3 == 0)
ONLY_MLFLOW = Trust(formats=frozenset({"mlflow"}))
"""None of these files is a pickle."""


def light(objective: str, target: Any, table: Any = NUMBERS, **parameters: Any) -> lightgbm.Booster:
    said = {"objective": objective, "verbose": -1, "min_data_in_leaf": 2, "num_threads": 1, **parameters}
    return lightgbm.train(said, lightgbm.Dataset(table, target), 4)


def extreme(objective: str, target: Any, table: Any = NUMBERS, **parameters: Any) -> xgboost.Booster:
    matrix = xgboost.DMatrix(table, target, enable_categorical=True)
    return xgboost.train({"objective": objective, "nthread": 1, **parameters}, matrix, 4)


def save(folder: ModelsFolder, tmp_path: Path, model: Any, suffix: str, **keys: Any) -> LoadedModel:
    """Save a model as MLflow does, and load it as the server does."""
    library = type(model).__module__.partition(".")[0]
    file = tmp_path / f"model.{suffix}"
    model.save_model(str(file))
    if library == "catboost":
        keys = {"model_type": type(model).__name__, "save_format": "cbm", "catboost_version": "1.2.10", **keys}
    else:
        kind = type(model)
        keys = {"model_class": f"{kind.__module__}.{kind.__qualname__}", **keys}
    write_folder(folder.path / "m", library, file.name, file.read_bytes(), **keys)
    (loaded,) = load_models(folder.path, LIMITS, trust=ONLY_MLFLOW).loaded
    return loaded


def rows(model: LoadedModel, table: Any) -> list[list[Any]]:
    """Write a table as callers send it, column by column."""
    if model.signature.features[0].type is FeatureType.VECTOR:
        return [np.asarray(table).tolist()]
    return [
        [None if pd.isna(value) else value for value in table[feature.source].astype(object)]
        for feature in model.signature.features
    ]


def served(model: LoadedModel, method: str, table: Any = NUMBERS) -> list[Any]:
    answer: list[Any] = model.ask(rows(model, table), len(table), [method])[method].tolist()
    return answer


def direct(booster: Any, table: Any = NUMBERS) -> Any:
    """Ask the booster that was trained, before it was saved."""
    if isinstance(booster, lightgbm.Booster):
        return np.asarray(booster.predict(table))
    return booster.predict(xgboost.DMatrix(table, enable_categorical=True))


CLASSIFIERS = {
    "lightgbm, two classes": (light("binary", TWO), "lgb"),
    "lightgbm, three classes": (light("multiclass", THREE, num_class=3), "lgb"),
    "lightgbm, one against all": (light("multiclassova", THREE, num_class=3), "lgb"),
    "xgboost, two classes": (extreme("binary:logistic", TWO), "ubj"),
    "xgboost, two classes as json": (extreme("binary:logistic", TWO), "json"),
    "xgboost, two classes, default name": (extreme("binary:logistic", TWO), "xgb"),
    "xgboost, three classes": (extreme("multi:softprob", THREE, num_class=3), "ubj"),
}


@pytest.mark.filterwarnings("ignore:.*Saving model in the UBJSON format as default")
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_booster_of_classes_answers_its_probabilities(models_folder: ModelsFolder, tmp_path: Path, name: str) -> None:
    booster, suffix = CLASSIFIERS[name]
    model = save(models_folder, tmp_path, booster, suffix, inputs=COLUMNS)
    expected = direct(booster)
    if expected.ndim == 1:
        expected = np.column_stack([1 - expected, expected])
    assert model.serving.task is Task.CLASSIFICATION
    assert served(model, "predict_proba") == expected.tolist()
    assert served(model, "predict") == expected.argmax(axis=1).tolist()
    assert [(feature.source, feature.type) for feature in model.signature.features] == [
        ("petal width", FeatureType.FLOAT),
        ("visits", FeatureType.INTEGER),
    ]


@pytest.mark.parametrize(
    ("booster", "suffix"),
    [
        (light("regression", VALUES), "lgb"),
        (light("poisson", VALUES), "lgb"),
        (light("cross_entropy", TWO / 2), "lgb"),
        (extreme("reg:squarederror", VALUES), "ubj"),
        (extreme("rank:pairwise", THREE), "ubj"),
        (extreme("reg:squarederror", np.column_stack([VALUES, -VALUES])), "ubj"),
    ],
)
def test_a_booster_of_numbers_is_a_regressor(
    models_folder: ModelsFolder, tmp_path: Path, booster: Any, suffix: str
) -> None:
    model = save(models_folder, tmp_path, booster, suffix, inputs=COLUMNS)
    assert model.serving.task is Task.REGRESSION
    assert served(model, "predict") == direct(booster).tolist()


@pytest.mark.parametrize("objective", ["multi:softmax", "binary:hinge", "binary:logitraw"])
def test_a_booster_that_answers_no_probabilities_has_none(
    models_folder: ModelsFolder, tmp_path: Path, objective: str
) -> None:
    several = {"num_class": 3} if objective.startswith("multi") else {}
    booster = extreme(objective, THREE if several else TWO, **several)
    model = save(models_folder, tmp_path, booster, "ubj")
    answer = direct(booster)
    assert not {"probability", "probabilities"} & model.outputs.keys()
    if objective == "binary:logitraw":
        assert served(model, "decision_function") == answer.tolist()
        assert served(model, "predict") == (answer > 0).astype(int).tolist()
    else:
        assert served(model, "predict") == answer.tolist()


@pytest.mark.parametrize(
    ("booster", "suffix"),
    [(light("regression", VALUES, TABLE), "lgb"), (extreme("reg:gamma", VALUES + 1, TABLE), "ubj")],
)
def test_categories_of_the_training_frame_are_known(
    models_folder: ModelsFolder, tmp_path: Path, booster: Any, suffix: str
) -> None:
    model = save(models_folder, tmp_path, booster, suffix)
    city = model.signature.features[2]
    assert (city.type, city.categories) == (FeatureType.CATEGORY, ("Bern", "Chur", "Zug"))
    assert [feature.source for feature in model.signature.features][1:] == ["visits", "city"]
    shuffled = TABLE.iloc[::-7]
    named = shuffled.set_axis([feature.source for feature in model.signature.features], axis="columns")
    assert served(model, "predict", named) == direct(booster, shuffled).tolist()


@pytest.mark.parametrize(("train", "suffix"), [(light, "lgb"), (extreme, "ubj")])
def test_a_booster_that_was_trained_on_an_array_takes_a_vector(
    models_folder: ModelsFolder, tmp_path: Path, train: Any, suffix: str
) -> None:
    matrix = np.outer(PLACES, [1.0, -2.0, 0.5]) % 11
    objective = "regression" if train is light else "reg:squarederror"
    booster = train(objective, VALUES, matrix)
    example = {"inputs": matrix[5:7].tolist()}
    model = save(models_folder, tmp_path, booster, suffix, inputs=tensor(-1, 3), example=example)
    (feature,) = model.signature.features
    assert (feature.type, feature.length, feature.example) == (FeatureType.VECTOR, 3, tuple(matrix[5]))
    assert served(model, "predict", matrix) == direct(booster, matrix).tolist()


def test_metadata_is_the_librarys(models_folder: ModelsFolder, tmp_path: Path) -> None:
    booster = light("binary", TWO)
    info = save(models_folder, tmp_path, booster, "lgb").serving.estimator
    assert (info.framework, [library.name for library in info.libraries]) == ("lightgbm", ["lightgbm"])
    assert ("objective", "'binary'") in [(one.name, one.value) for one in info.hyperparameters]
    assert list(info.importances or ()) == booster.feature_importance().tolist()
    info = save(models_folder, tmp_path, extreme("binary:logistic", TWO), "ubj").serving.estimator
    assert info.framework == "xgboost"
    assert sum(one or 0 for one in info.importances or ()) == pytest.approx(1)


def test_a_model_of_catboost_is_read_from_its_own_file(models_folder: ModelsFolder, tmp_path: Path) -> None:
    options: dict[str, Any] = {"iterations": 5, "verbose": 0, "allow_writing_files": False, "thread_count": 1}
    fitted = catboost.CatBoostClassifier(**options).fit(NUMBERS, np.array(["u", "v", "w"])[THREE])
    model = save(models_folder, tmp_path, fitted, "cb", inputs=COLUMNS)
    assert served(model, "predict_proba") == fitted.predict_proba(NUMBERS).tolist()
    assert model.serving.estimator.framework == "catboost"


def test_mlflow_is_not_needed(models_folder: ModelsFolder, tmp_path: Path) -> None:
    save(models_folder, tmp_path, light("binary", TWO), "lgb")
    assert "mlflow" not in sys.modules


@pytest.mark.parametrize(
    ("name", "file", "key"),
    [
        ("lightgbm", "model.lgb", "model_class"),
        ("xgboost", "model.ubj", "model_class"),
        ("catboost", "model.cb", "model_type"),
    ],
)
def test_a_file_that_was_cut_is_refused(models_folder: ModelsFolder, name: str, file: str, key: str) -> None:
    kind = "CatBoostClassifier" if name == "catboost" else f"{name}.core.Booster"
    keys: dict[str, Any] = {key: kind}
    path = write_folder(models_folder.path / "m", name, file, b"tree\nversion=v4", **keys)
    with pytest.raises(LoadFailed) as raised:
        models_folder.load()
    said = str(raised.value)
    assert said.startswith(f"{path / file}: it cannot be read: ")
    assert said.endswith("It is damaged, or of another version of the library: save it again with MLflow.")
    assert "\n" not in said


def test_tensors_that_are_no_rows_are_refused(models_folder: ModelsFolder, tmp_path: Path) -> None:
    with pytest.raises(
        LoadFailed, match=r"takes tensors of the shape \[-1, 28, 28\], and rows of numbers can be served"
    ):
        save(models_folder, tmp_path, light("binary", TWO), "lgb", inputs=tensor(-1, 28, 28))
