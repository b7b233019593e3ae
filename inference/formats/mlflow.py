"""MLflow model folders: the file MLmodel says which other file holds the model, and what it takes. Needs no MLflow.

The layout is that of `save_model` in `mlflow.sklearn`, `mlflow.lightgbm`, `mlflow.xgboost` and `mlflow.catboost`:
https://mlflow.org/docs/latest/ml/model/#model-format.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from inference.errors import ArtifactError
from inference.formats.boosters import LightGBMBooster, XGBoostBooster, with_face
from inference.formats.explained import explained, library
from inference.formats.format import Artifact, Format, Located, Opened
from inference.formats.joblib import PICKLE
from inference.formats.mlflow_signature import EXAMPLE, declared_columns
from inference.formats.skops import SKOPS

_FILES: Final = ("pickled_model", "data")
"""The keys of a flavour that name its file."""
_PYTHON: Final = {"pickle": PICKLE, "cloudpickle": PICKLE, "skops": SKOPS}
"""The formats of its own that a flavour's file may be of."""
_DAMAGED: Final = "It is damaged, or of another version of the library: save it again with MLflow"


def _locate(path: Path) -> Located:
    """Find the file with the model. Raises ArtifactError for a folder that cannot be read, or of another flavour."""
    said = _read(path)
    flavors = said.get("flavors") or {}
    name = next((flavor for flavor in ("sklearn", *_LIBRARIES) if flavor in flavors), None)
    if name is None:
        others = ", ".join(flavor for flavor in flavors if flavor != "python_function") or "none"
        raise ArtifactError(
            path,
            f"its flavours are not served: {others}",
            f"Log it with one of {', '.join(f'mlflow.{flavor}' for flavor in ('sklearn', *_LIBRARIES))}",
        )
    flavor = flavors[name]
    file = next((flavor[key] for key in _FILES if isinstance(flavor.get(key), str)), None)
    if file is None:
        raise ArtifactError(path, f"its flavour {name} names no file", "Save it again with MLflow")
    format_ = _format(name, file, flavor)
    needs = (format_.name,) if format_ else ()
    said_further = {"flavor": flavor, "signature": said.get("signature"), "name": name}
    beside = tuple(filter(Path.exists, [path.with_name(EXAMPLE)]))
    return Located(path.parent / file, needs, said_further, beside)


def _read(path: Path) -> Mapping[str, Any]:
    with explained(path, "It is no MLmodel file: save the model again with MLflow"):
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(said, dict):
            raise ValueError("it holds no keys")  # noqa: TRY004  # what is wrong is the file
        return said


def _format(name: str, file: str, flavor: Mapping[str, Any]) -> Format | None:
    """Return the format of the flavour's file, None where it is a library's own."""
    if file.endswith(".skops"):
        return SKOPS
    if name == "sklearn" or file.endswith((".pkl", ".pickle")):
        return _PYTHON.get(str(flavor.get("serialization_format", "cloudpickle")), PICKLE)
    return None


def _load(artifact: Artifact) -> Opened:
    flavor, name = artifact.said["flavor"], artifact.said["name"]
    columns = declared_columns(artifact.said["signature"] or {}, artifact.path)
    format_ = _format(name, artifact.path.name, flavor)
    if format_:
        return Opened(format_.load(artifact).estimator, columns)
    names = [column.name for column in columns if column.name is not None]
    module = library(name, name, artifact.path)
    with explained(artifact.path, _DAMAGED):
        estimator = _LIBRARIES[name](module, artifact.content, flavor)
        is_booster = isinstance(estimator, LightGBMBooster | XGBoostBooster)
        return Opened(with_face(estimator, names or None) if is_booster else estimator, columns)


def _lightgbm(lightgbm: Any, content: bytes, flavor: Mapping[str, Any]) -> Any:
    del flavor  # LightGBM's own files hold boosters only
    return LightGBMBooster(lightgbm.Booster(model_str=content.decode()))


def _xgboost(xgboost: Any, content: bytes, flavor: Mapping[str, Any]) -> Any:
    # Before there was the key, there were boosters only.
    kind = str(flavor.get("model_class") or "Booster").rpartition(".")[2]
    model = getattr(xgboost, kind)()
    model.load_model(bytearray(content))
    return XGBoostBooster(model, xgboost.DMatrix) if kind == "Booster" else model


def _catboost(catboost: Any, content: bytes, flavor: Mapping[str, Any]) -> Any:
    model = getattr(catboost, str(flavor.get("model_type") or "CatBoost"))()
    return model.load_model(format=str(flavor.get("save_format") or "cbm"), blob=content)


_LIBRARIES: Final[Mapping[str, Callable[[Any, bytes, Mapping[str, Any]], Any]]] = {
    "lightgbm": _lightgbm,
    "xgboost": _xgboost,
    "catboost": _catboost,
}
"""The libraries with files of their own, and how they are read: module, the file's bytes, what MLmodel says."""


MLFLOW = Format("mlflow", (), _load, file="MLmodel", locate=_locate)
"""A folder is known by its file MLmodel."""
