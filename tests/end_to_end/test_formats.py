"""One folder with a model of every format, asked over HTTP: the answers are those of what was saved."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import catboost
import joblib
import lightgbm
import numpy as np
import onnxruntime
import pandas as pd
import pytest
import skl2onnx
import skops.io
import xgboost
from imblearn.over_sampling import RandomOverSampler
from imblearn.pipeline import make_pipeline as make_sampling_pipeline
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from inference.own_code import importable
from server.settings import Settings
from tests.inference.mlflow_folders import write_folder

if TYPE_CHECKING:
    from tests.end_to_end.conftest import GraphQL, Serve

PLACES = np.arange(60)
TABLE = pd.DataFrame({"width": PLACES % 7 + 0.25, "height": PLACES % 11 * -1.5})
MATRIX = TABLE.to_numpy()
GAPS = np.where(PLACES[:, None] % 5 == [0, 1], np.nan, MATRIX)
WORDS = np.array(["ash", "birch", "cherry"])[PLACES % 3]
CODES = PLACES % 3
VALUES = PLACES % 7 * 2.0 - PLACES % 11
NAMES = [{"type": "double", "name": name, "required": True} for name in TABLE]
LIGHT: dict[str, Any] = {"n_estimators": 4, "verbose": -1, "min_child_samples": 2}
TREES: dict[str, Any] = {"objective": "multiclass", "num_class": 3, "verbose": -1, "min_data_in_leaf": 2}
CAT: dict[str, Any] = {"iterations": 4, "verbose": 0, "allow_writing_files": False, "thread_count": 1}
OWN = """
from sklearn.base import BaseEstimator, TransformerMixin
class Scaler(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.feature_names_in_ = X.columns.to_numpy(dtype=object)
        return self
    def transform(self, X):
        from factors import FACTOR
        return X * FACTOR
"""
"""It imports at every call."""


@dataclass(frozen=True)
class Saved:
    """What a model should answer."""

    output: str
    expected: Sequence[Any]
    rows: Any = None
    """Where these are not the rows of the table."""

    @property
    def inputs(self) -> list[dict[str, Any]]:
        """Its rows as GraphQL takes them."""
        if self.rows is None:
            return [{str(name): value for name, value in row.items()} for row in TABLE.to_dict("records")]
        values = [[None if np.isnan(value) else value for value in row] for row in self.rows.tolist()]
        return [{"features": row} for row in values]


def _probabilities(estimator: Any, rows: Any = None) -> Saved:
    return Saved("probabilityVector", estimator.predict_proba(TABLE if rows is None else rows).tolist(), rows)


def _values(estimator: Any, rows: Any = None) -> Saved:
    answer = np.asarray(estimator.predict(TABLE if rows is None else rows), dtype=float)
    return Saved("value", answer.reshape(-1).tolist(), rows)


def _joblib(folder: Path) -> Saved:
    fitted = make_pipeline(StandardScaler(), LogisticRegression()).fit(TABLE, WORDS)
    joblib.dump(fitted, folder / "model.joblib", compress=3)
    return _probabilities(fitted)


def _pickle(folder: Path) -> Saved:
    fitted = LogisticRegression().fit(MATRIX, WORDS)
    (folder / "model.pkl").write_bytes(pickle.dumps(fitted))
    return _probabilities(fitted, MATRIX)


def _skops(folder: Path) -> Saved:
    fitted = make_pipeline(StandardScaler(), LogisticRegression()).fit(TABLE, WORDS)
    skops.io.dump(fitted, folder / "model.skops")
    return _probabilities(fitted)


def _onnx(folder: Path) -> Saved:
    fitted = LogisticRegression().fit(MATRIX.astype(np.float32), WORDS)
    types, options = [("rows", FloatTensorType([None, 2]))], {"zipmap": False}
    graph = skl2onnx.to_onnx(fitted, initial_types=types, options=options).SerializeToString()
    (folder / "model.onnx").write_bytes(graph)
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    _, probabilities = session.run(None, {"rows": MATRIX.astype(np.float32)})
    return Saved("probabilityVector", probabilities.astype(float).tolist(), MATRIX)


def _mlflow_sklearn(folder: Path) -> Saved:
    fitted = make_pipeline(StandardScaler(), LogisticRegression()).fit(TABLE, WORDS)
    keys = {"serialization_format": "cloudpickle", "sklearn_version": "1.9.1"}
    write_folder(folder, "sklearn", "model.pkl", pickle.dumps(fitted), inputs=NAMES, **keys)
    return _probabilities(fitted)


def _mlflow_lightgbm(folder: Path) -> Saved:
    booster = lightgbm.train(TREES, lightgbm.Dataset(TABLE, CODES), 4)
    content = booster.model_to_string().encode()
    kind = {"lgb_version": lightgbm.__version__, "model_class": "lightgbm.basic.Booster"}
    write_folder(folder, "lightgbm", "model.lgb", content, inputs=NAMES, **kind)
    return Saved("probabilityVector", np.asarray(booster.predict(TABLE)).tolist())


def _mlflow_xgboost(folder: Path) -> Saved:
    matrix = xgboost.DMatrix(TABLE, VALUES)
    booster = xgboost.train({"objective": "reg:squarederror", "nthread": 1}, matrix, 4)
    keys = {"model_class": "xgboost.core.Booster", "model_format": "ubj", "xgb_version": xgboost.__version__}
    write_folder(folder, "xgboost", "model.ubj", bytes(booster.save_raw("ubj")), inputs=NAMES, **keys)
    return Saved("value", booster.predict(matrix).astype(float).tolist())


def _mlflow_catboost(folder: Path) -> Saved:
    fitted = catboost.CatBoostRegressor(**CAT).fit(TABLE, VALUES)
    fitted.save_model(str(folder / "model.cb"))
    keys = {"model_type": "CatBoostRegressor", "save_format": "cbm", "catboost_version": catboost.__version__}
    write_folder(folder, "catboost", "model.cb", (folder / "model.cb").read_bytes(), inputs=NAMES, **keys)
    return _values(fitted)


def _own_code(factor: int) -> Callable[[Path], Saved]:
    def save(folder: Path) -> Saved:
        (folder / "code").mkdir()
        (folder / "code/steps.py").write_text(OWN)
        (folder / "code/factors.py").write_text(f"FACTOR = {factor}")
        with importable(folder / "code"):
            fitted = make_pipeline(__import__("steps").Scaler(), LogisticRegression(C=0.1)).fit(TABLE, WORDS)
            joblib.dump(fitted, folder / "model.joblib")
            return _probabilities(fitted)

    return save


def _dumped(fitted: Any, rows: Any = None) -> Callable[[Path], Saved]:
    def save(folder: Path) -> Saved:
        joblib.dump(fitted, folder / "model.joblib")
        return (_probabilities if hasattr(fitted, "predict_proba") else _values)(fitted, rows)

    return save


MODELS: Mapping[str, Callable[[], Callable[[Path], Saved]]] = {
    "joblib": lambda: _joblib,
    "pickle": lambda: _pickle,
    "skops": lambda: _skops,
    "onnx": lambda: _onnx,
    "mlflow_sklearn": lambda: _mlflow_sklearn,
    "mlflow_lightgbm": lambda: _mlflow_lightgbm,
    "mlflow_xgboost": lambda: _mlflow_xgboost,
    "mlflow_catboost": lambda: _mlflow_catboost,
    "own_code": lambda: _own_code(2),
    "own_code_too": lambda: _own_code(5),
    "lightgbm": lambda: _dumped(lightgbm.LGBMClassifier(**LIGHT).fit(TABLE, WORDS)),
    "lightgbm_gaps": lambda: _dumped(lightgbm.LGBMRegressor(**LIGHT).fit(GAPS, VALUES), GAPS),
    "xgboost": lambda: _dumped(xgboost.XGBClassifier(n_estimators=4).fit(TABLE, CODES)),
    "xgboost_gaps": lambda: _dumped(xgboost.XGBRegressor(n_estimators=4).fit(GAPS, VALUES), GAPS),
    "catboost": lambda: _dumped(catboost.CatBoostClassifier(**CAT).fit(TABLE, WORDS)),
    "sklearn_gaps": lambda: _dumped(HistGradientBoostingRegressor(max_iter=4).fit(GAPS, VALUES), GAPS),
    "imblearn": lambda: _dumped(
        make_sampling_pipeline(RandomOverSampler(random_state=0), LogisticRegression()).fit(TABLE, WORDS)
    ),
}
"""How each model is fitted and saved, by its name."""


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, Saved]]:
    """Save all of them into one folder."""
    root = tmp_path_factory.mktemp("formats") / "models"
    done = {}
    for name, fit in MODELS.items():
        (root / name).mkdir(parents=True)
        done[name] = fit()(root / name)
    return root, done


@pytest.fixture(scope="module")
def client(saved: tuple[Path, Mapping[str, Saved]], serve: Serve) -> GraphQL:
    """Serve that folder."""
    return serve(Settings(models=saved[0], engine="native"))


@pytest.mark.parametrize("name", MODELS)
def test_a_model_of_any_format_answers_over_http_what_it_answers_itself(
    client: GraphQL, saved: tuple[Path, Mapping[str, Saved]], name: str
) -> None:
    model = saved[1][name]
    field = client.data("query($n: String!) { model(name: $n) { field } }", n=name)["model"]["field"]
    kind = f"{field[0].upper()}{field[1:]}Input"
    asked = f"predictions {{ {model.output} }} errors {{ message }}"
    query = f"query($rows: [{kind}!]!) {{ {field}Batch(inputs: $rows) {{ {asked} }} }}"
    batch = client.data(query, rows=model.inputs)[f"{field}Batch"]
    assert batch["errors"] == []
    assert [row[model.output] for row in batch["predictions"]] == model.expected
    alone = f"query($row: {kind}!) {{ {field}(input: $row) {{ {model.output} }} }}"
    first = client.data(alone, row=model.inputs[0])[field][model.output]
    # A matrix of one row is added up in another order than one of many: the last bit may differ.
    assert first == pytest.approx(model.expected[0], rel=1e-12, abs=1e-15)


def test_all_formats_were_there_and_mlflow_was_not(client: GraphQL) -> None:
    served = client.data("{ models { format status } }")["models"]
    assert {model["format"] for model in served} == {"joblib", "pickle", "skops", "onnx", "mlflow"}
    assert {model["status"] for model in served} == {"READY"}
    assert "mlflow" not in sys.modules
