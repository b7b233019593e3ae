"""MLflow folders, laid out as MLflow 3 writes them: read without MLflow, with their signature and input example."""

from __future__ import annotations

import hashlib
import json
import pickle
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import skops.io
import yaml
from lightgbm import LGBMClassifier
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from xgboost import XGBClassifier

from inference.card import FeatureType
from inference.errors import LoadFailed
from inference.loader import load_models
from inference.trust import Trust
from tests.inference.test_trust import LIMITS, Bomb

if TYPE_CHECKING:
    from inference.model import LoadedModel
    from tests.conftest import ModelsFolder

TABLE = pd.DataFrame(
    {
        "age": np.where(np.arange(40) % 7 == 0, np.nan, np.arange(40) * 1.5),
        "visits": np.arange(40),
        "city": np.array(["Bern", "Chur"])[np.arange(40) % 2],
        "vip": np.arange(40) % 3 == 0,
    }
)
WORDS = np.array(["u", "v", "w", "u"])[np.arange(40) % 4]
SIGNATURE = [
    {"type": "double", "name": "age", "required": False},
    {"type": "long", "name": "visits", "required": True},
    {"type": "string", "name": "city", "required": True},
    {"type": "boolean", "name": "vip", "required": True},
]


def fitted() -> Any:
    columns = make_column_transformer(
        (SimpleImputer(), ["age", "visits"]),
        (OneHotEncoder(handle_unknown="ignore"), ["city"]),
        remainder="passthrough",
    )
    return make_pipeline(columns, LogisticRegression(max_iter=5000)).fit(TABLE, WORDS)


def write(  # the parts of a folder
    folder: ModelsFolder,
    content: bytes,
    file: str = "model.pkl",
    flavor: str = "sklearn",
    signature: list[dict[str, Any]] | None = None,
    **flavor_keys: Any,
) -> Path:
    """Write a folder as `mlflow.sklearn.save_model` does."""
    path = folder.path / "m"
    path.mkdir(exist_ok=True)
    (path / Path(file).name).write_bytes(content)
    key = "pickled_model" if flavor == "sklearn" else "data"
    said = {
        "flavors": {
            "python_function": {"loader_module": f"mlflow.{flavor}", "model_path": file},
            flavor: {"code": None, key: file, "serialization_format": "cloudpickle", **flavor_keys},
        },
        "mlflow_version": "3.17.2",
        "signature": {"inputs": json.dumps(SIGNATURE if signature is None else signature), "outputs": None},
    }
    (path / "MLmodel").write_text(yaml.safe_dump(said))
    (path / "conda.yaml").write_text("name: mlflow-env\n")
    return path


def only(folder: ModelsFolder) -> LoadedModel:
    (model,) = folder.load().loaded
    return model


def refusal(folder: ModelsFolder, trust: Trust | None = None) -> str:
    with pytest.raises(LoadFailed) as raised:
        load_models(folder.path, LIMITS, trust=trust or Trust())
    return str(raised.value)


def test_a_pickled_estimator_is_served_and_the_digest_is_that_of_its_file(models_folder: ModelsFolder) -> None:
    content = pickle.dumps(fitted())
    write(models_folder, content)
    model = only(models_folder)
    assert model.info.name == "m"
    assert model.serving.artifact.format == "mlflow"
    assert model.serving.artifact.sha256 == hashlib.sha256(content).hexdigest()
    assert model.estimator.predict_proba(TABLE).tolist() == fitted().predict_proba(TABLE).tolist()
    assert "mlflow" not in sys.modules


def test_the_signature_says_types_and_what_is_required(models_folder: ModelsFolder) -> None:
    write(models_folder, pickle.dumps(fitted()))
    features = only(models_folder).signature.features
    assert [(feature.source, feature.type, feature.required) for feature in features] == [
        ("age", FeatureType.FLOAT, False),
        ("visits", FeatureType.INTEGER, True),  # the pipeline would fill it
        ("city", FeatureType.CATEGORY, True),  # the encoder would ignore what is missing
        ("vip", FeatureType.BOOLEAN, True),
    ]
    write(models_folder, pickle.dumps(fitted()), signature=[])
    assert [feature.required for feature in only(models_folder).signature.features][:2] == [False, False]


def test_the_order_of_the_signature_does_not_matter(models_folder: ModelsFolder) -> None:
    write(models_folder, pickle.dumps(fitted()), signature=SIGNATURE[::-1])
    assert [feature.type for feature in only(models_folder).signature.features][1] is FeatureType.INTEGER


def test_the_card_comes_before_the_signature(models_folder: ModelsFolder) -> None:
    folder = write(models_folder, pickle.dumps(fitted()))
    (folder / "card.yaml").write_text("features: { visits: { required: false, default: 3 } }")
    assert not only(models_folder).signature.features[1].required


def test_the_input_example_is_the_example(models_folder: ModelsFolder) -> None:
    folder = write(models_folder, pickle.dumps(fitted()))
    rows = {"columns": ["age", "visits", "city", "vip"], "data": [[None, 1, "x", True], [33.5, 7, "Chur", True]]}
    (folder / "input_example.json").write_text(json.dumps(rows))
    assert only(models_folder).signature.example_row == (33.5, 7, "Chur", True)


def test_a_sample_beside_it_adds_ranges(models_folder: ModelsFolder) -> None:
    folder = write(models_folder, pickle.dumps(fitted()))
    TABLE.to_csv(folder / "sample.csv", index=False)
    visits = only(models_folder).signature.features[1]
    assert (visits.type, visits.distribution and visits.distribution.max) == (FeatureType.INTEGER, 39)


def test_a_skops_file_inside_is_read_as_one(models_folder: ModelsFolder) -> None:
    keys: dict[str, Any] = {"serialization_format": "skops", "skops_trusted_types": ["numpy.dtype"]}
    folder = write(models_folder, skops.io.dumps(fitted()), file="model.skops", **keys)
    trust = Trust(formats=frozenset({"mlflow", "skops"}))
    assert "nobody has said to trust: numpy.dtype" in refusal(models_folder, trust)  # whom the file trusts is no matter
    (folder / "card.yaml").write_text("trusted: [numpy.dtype]")
    assert len(load_models(models_folder.path, LIMITS, trust=trust).loaded) == 1


def test_a_pickle_inside_is_refused_where_pickles_are_not_allowed(models_folder: ModelsFolder, tmp_path: Path) -> None:
    folder = write(models_folder, pickle.dumps(Bomb(tmp_path / "trace")))
    said = refusal(models_folder, Trust(formats=frozenset({"mlflow", "skops"})))
    assert said.startswith(f"{folder / 'model.pkl'}: its format is pickle, and only mlflow, skops may be loaded.")
    assert not (tmp_path / "trace").exists()


def test_a_file_outside_the_folder_is_not_followed(models_folder: ModelsFolder, tmp_path: Path) -> None:
    write(models_folder, b"", file="../../outside.pkl")
    (tmp_path / "outside.pkl").write_bytes(pickle.dumps(Bomb(tmp_path / "trace")))
    assert "nothing outside" in refusal(models_folder)
    assert not (tmp_path / "trace").exists()


def test_a_flavour_that_is_not_served_is_refused_by_name(models_folder: ModelsFolder) -> None:
    folder = write(models_folder, b"", flavor="pytorch")
    assert refusal(models_folder) == (
        f"{folder / 'MLmodel'}: its flavours are not served: pytorch."
        " Log it with one of mlflow.sklearn, mlflow.lightgbm, mlflow.xgboost, mlflow.catboost."
    )


NUMBERS = TABLE[["age", "visits"]]


def test_xgboosts_own_file_is_read(models_folder: ModelsFolder, tmp_path: Path) -> None:
    fitted = XGBClassifier(n_estimators=5).fit(NUMBERS, TABLE["visits"] % 3)
    fitted.save_model(tmp_path / "model.ubj")
    content = (tmp_path / "model.ubj").read_bytes()
    keys: dict[str, Any] = {"model_class": "xgboost.sklearn.XGBClassifier", "model_format": "ubj"}
    write(models_folder, content, file="model.ubj", flavor="xgboost", signature=SIGNATURE[:2], **keys)
    trust = Trust(formats=frozenset({"mlflow"}))  # it is no pickle
    (model,) = load_models(models_folder.path, LIMITS, trust=trust).loaded
    assert model.estimator.predict_proba(NUMBERS).tolist() == fitted.predict_proba(NUMBERS).tolist()
    assert [(feature.source, feature.required) for feature in model.signature.features] == [
        ("age", False),
        ("visits", True),
    ]
    write(models_folder, content[:100], file="model.ubj", flavor="xgboost", **keys)
    assert f"{models_folder.path / 'm/model.ubj'}: it cannot be read: " in refusal(models_folder)


def test_an_estimator_of_lightgbm_is_read(models_folder: ModelsFolder) -> None:
    fitted = LGBMClassifier(n_estimators=5, verbose=-1).fit(NUMBERS, WORDS)
    keys = {"model_class": "lightgbm.sklearn.LGBMClassifier"}
    write(models_folder, pickle.dumps(fitted), flavor="lightgbm", signature=SIGNATURE[:2], **keys)
    model = only(models_folder)
    assert model.estimator.predict_proba(NUMBERS).tolist() == np.asarray(fitted.predict_proba(NUMBERS)).tolist()
    assert model.serving.estimator.framework == "lightgbm"


@pytest.mark.parametrize("text", ["", "- a", "flavors: [", "flavors: {sklearn: {}}"])
def test_an_mlmodel_file_that_says_nothing_is_refused(models_folder: ModelsFolder, text: str) -> None:
    folder = write(models_folder, b"")
    (folder / "MLmodel").write_text(text)
    assert refusal(models_folder).startswith(f"{folder / 'MLmodel'}: it")


def test_a_missing_file_is_named(models_folder: ModelsFolder) -> None:
    folder = write(models_folder, b"")
    (folder / "model.pkl").unlink()
    assert refusal(models_folder).startswith(f"{folder / 'model.pkl'}: it cannot be opened: No such file")


def test_one_mlflow_folder_may_be_named_itself(models_folder: ModelsFolder) -> None:
    folder = write(models_folder, pickle.dumps(fitted()))
    (folder / "metadata").mkdir()
    for path in (folder, folder / "MLmodel"):
        assert [model.info.name for model in load_models(path, LIMITS).loaded] == ["m"]
