"""The formats that are served. A new format is one module beside this one and one entry here."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from inference.formats.format import Format
from inference.formats.joblib import JOBLIB, PICKLE
from inference.formats.mlflow import MLFLOW
from inference.formats.onnx import ONNX
from inference.formats.skops import SKOPS

FORMATS: tuple[Format, ...] = (JOBLIB, PICKLE, SKOPS, ONNX, MLFLOW)


def format_of(path: Path) -> Format | None:
    """Return the format that an artifact's name says, or None where it says none."""
    return next((format_ for format_ in FORMATS if format_.owns(path)), None)


def artifact_names(among: Collection[str] | None = None) -> str:
    """Return the names that an artifact may have, for error messages: of all formats, or of those that are named."""
    allowed = [format_ for format_ in FORMATS if among is None or format_.name in among]
    names = [name for format_ in allowed for name in [*(f"model{s}" for s in format_.suffixes), format_.file] if name]
    return ", ".join(names)


def is_artifact(path: Path) -> bool:
    """Tell whether a file's name is that of the artifact in a model's folder."""
    format_ = format_of(path)
    return format_ is not None and path.name in {format_.file, f"model{path.suffix}"}
