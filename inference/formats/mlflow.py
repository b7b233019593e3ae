"""MLflow model folders: the file MLmodel says which other file holds the model, and what it takes. Needs no MLflow."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from inference.card import FeatureType
from inference.errors import ArtifactError
from inference.formats.explained import explained, library
from inference.formats.format import Artifact, Format, Located, Opened
from inference.formats.joblib import PICKLE
from inference.formats.skops import SKOPS
from inference.signature.declared import DeclaredColumn

_FLAVORS: Final = ("sklearn", "lightgbm", "xgboost")
_FILES: Final = ("pickled_model", "data")
"""The keys of a flavour that name its file."""
_EXAMPLE: Final = "input_example.json"
_PYTHON: Final = {"pickle": PICKLE, "cloudpickle": PICKLE, "skops": SKOPS}
"""The formats of its own that a flavour's file may be of."""
_TYPES: Final = {
    "double": FeatureType.FLOAT,
    "float": FeatureType.FLOAT,
    "long": FeatureType.INTEGER,
    "integer": FeatureType.INTEGER,
    "boolean": FeatureType.BOOLEAN,
    "string": FeatureType.TEXT,
}


def _locate(path: Path) -> Located:
    """Find the file with the model. Raises ArtifactError for a folder that cannot be read, or of another flavour."""
    said = _read(path)
    flavors = said.get("flavors") or {}
    name = next((flavor for flavor in _FLAVORS if flavor in flavors), None)
    if name is None:
        others = ", ".join(flavor for flavor in flavors if flavor != "python_function") or "none"
        raise ArtifactError(
            path,
            f"its flavours are not served: {others}",
            f"Log it with one of {', '.join(f'mlflow.{flavor}' for flavor in _FLAVORS)}",
        )
    flavor = flavors[name]
    file = next((flavor[key] for key in _FILES if isinstance(flavor.get(key), str)), None)
    if file is None:
        raise ArtifactError(path, f"its flavour {name} names no file", "Save it again with MLflow")
    format_ = _format(name, file, flavor)
    needs = (format_.name,) if format_ else ()
    said_further = {"flavor": flavor, "signature": said.get("signature"), "name": name}
    beside = tuple(filter(Path.exists, [path.with_name(_EXAMPLE)]))
    return Located(path.parent / file, needs, said_further, beside)


def _read(path: Path) -> Mapping[str, Any]:
    with explained(path, "It is no MLmodel file: save the model again with MLflow"):
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(said, dict):
            raise ValueError("it holds no keys")  # noqa: TRY004  # what is wrong is the file
        return said


def _format(name: str, file: str, flavor: Mapping[str, Any]) -> Format | None:
    """Return the format of the flavour's file, None where it is XGBoost's own."""
    if name == "xgboost" and not file.endswith((".pkl", ".skops")):
        return None
    if file.endswith(".skops"):
        return SKOPS
    return _PYTHON.get(str(flavor.get("serialization_format", "cloudpickle")), PICKLE)


def _load(artifact: Artifact) -> Opened:
    flavor, name = artifact.said["flavor"], artifact.said["name"]
    kind = str(flavor.get("model_class") or "")
    if kind.endswith(".Booster"):
        raise ArtifactError(
            artifact.path,
            f"it holds {kind}, which does not say what it takes and answers",
            f"Train and log an estimator of {name}'s scikit-learn face, such as {'XGB' if name[0] == 'x' else 'LGBM'}"
            "Classifier",
        )
    format_ = _format(name, artifact.path.name, flavor)
    estimator = format_.load(artifact).estimator if format_ else _xgboost(artifact, kind)
    return Opened(estimator, tuple(_columns(artifact)))


def _xgboost(artifact: Artifact, kind: str) -> Any:
    xgboost = library("xgboost", "xgboost", artifact.path)
    with explained(artifact.path, "It is damaged, or of another version of XGBoost: save it again with MLflow"):
        estimator = getattr(xgboost, kind.rpartition(".")[2])()
        estimator.load_model(bytearray(artifact.content))
        return estimator


def _columns(artifact: Artifact) -> Iterator[DeclaredColumn]:
    """Read the signature's inputs; columns of other types, and tensors, say nothing."""
    signature = artifact.said["signature"] or {}
    with explained(artifact.path, "Its signature cannot be read: save it again with MLflow"):
        columns = json.loads(signature.get("inputs") or "[]")
        example = _example(artifact.path.with_name(_EXAMPLE))
        for column in columns:
            if column["type"] in _TYPES and "name" in column:
                required = bool(column.get("required", not column.get("optional", False)))
                name = str(column["name"])
                yield DeclaredColumn(_TYPES[column["type"]], required, name, example.get(name))


def _example(path: Path) -> Mapping[str, Any]:
    """Return the first row of the input example, where there is one with names."""
    if not path.is_file():
        return {}
    said = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(said, dict) or not {"columns", "data"} <= said.keys() or not said["data"]:
        return {}
    complete = (row for row in said["data"] if all(value is not None and value == value for value in row))  # noqa: PLR0124  # NaN
    return dict(zip(map(str, said["columns"]), next(complete, said["data"][0]), strict=False))


MLFLOW = Format("mlflow", (), _load, file="MLmodel", locate=_locate)
