"""MLflow folders as MLflow 3 writes them, file for file, without MLflow."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

_CONDA = """channels:
- conda-forge
dependencies:
- python=3.11.9
- pip
- pip:
  - mlflow==3.17.2
name: mlflow-env
"""
_PYTHON_ENV = """python: 3.11.9
build_dependencies:
- pip==24.0
- setuptools==69.0.2
- wheel==0.45.1
dependencies:
- -r requirements.txt
"""


def write_folder(  # noqa: PLR0913  # the parts of a folder
    path: Path,
    name: str,
    file: str,
    content: bytes,
    *,
    inputs: Sequence[Mapping[str, Any]] | None = None,
    example: Any = None,
    **keys: Any,
) -> Path:
    """Write what `mlflow.<name>.save_model` writes; `keys` are those of the flavour. Return the folder."""
    path.mkdir(parents=True, exist_ok=True)
    (path / file).write_bytes(content)
    (path / "conda.yaml").write_text(_CONDA)
    (path / "python_env.yaml").write_text(_PYTHON_ENV)
    (path / "requirements.txt").write_text("mlflow==3.17.2\n")
    key = "pickled_model" if name == "sklearn" else "data"
    said: dict[str, Any] = {
        "flavors": {
            name: {"code": None, key: file, **keys},
            "python_function": {
                "data" if name != "sklearn" else "model_path": file,
                "env": {"conda": "conda.yaml", "virtualenv": "python_env.yaml"},
                "loader_module": f"mlflow.{name}",
                "python_version": "3.11.9",
            },
        },
        "is_signature_from_type_hint": False,
        "mlflow_version": "3.17.2",
        "model_id": None,
        "model_size_bytes": len(content),
        "model_uuid": "c0ffee00c0ffee00c0ffee00c0ffee00",
        "type_hint_from_example": None,
        "utc_time_created": "2026-11-02 08:15:00.000000",
    }
    if inputs is not None:
        said["signature"] = {"inputs": json.dumps(inputs), "outputs": None, "params": None}
    if example is not None:
        (path / "input_example.json").write_text(json.dumps(example))
        kind = "ndarray" if "inputs" in example else "dataframe"
        said["saved_input_example_info"] = {"artifact_path": "input_example.json", "type": kind}
    (path / "MLmodel").write_text(yaml.safe_dump(said))
    return path


def tensor(*shape: int) -> list[dict[str, Any]]:
    """Return the inputs of a signature that MLflow infers from an array."""
    return [{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": list(shape)}}]
