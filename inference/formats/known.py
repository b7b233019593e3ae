"""The formats that are served. A new format is one module beside this one and one entry here."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from inference.formats.format import Format
from inference.formats.joblib import JOBLIB, PICKLE
from inference.formats.onnx import ONNX
from inference.formats.skops import SKOPS

FORMATS: tuple[Format, ...] = (JOBLIB, PICKLE, SKOPS, ONNX)


FORMAT_NAMES: tuple[str, ...] = tuple(format_.name for format_ in FORMATS)


def format_of(path: Path) -> Format | None:
    """Return the format that an artifact's name says, or None where it says none."""
    return next((format_ for format_ in FORMATS if path.suffix in format_.suffixes), None)


def artifact_names(among: Collection[str] | None = None) -> str:
    """Return the names that an artifact may have, for error messages: of all formats, or of those that are named."""
    allowed = [format_ for format_ in FORMATS if among is None or format_.name in among]
    return ", ".join(f"model{suffix}" for format_ in allowed for suffix in format_.suffixes)
