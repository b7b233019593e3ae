"""The formats that are served. A new format is one module beside this one and one entry here."""

from __future__ import annotations

from pathlib import Path

from inference.formats.format import Format
from inference.formats.joblib import JOBLIB, PICKLE

FORMATS: tuple[Format, ...] = (JOBLIB, PICKLE)


def format_of(path: Path) -> Format | None:
    """Return the format that an artifact's name says, or None where it says none."""
    return next((format_ for format_ in FORMATS if path.suffix in format_.suffixes), None)


def artifact_names() -> str:
    """Return the names that an artifact may have, for error messages."""
    return ", ".join(f"model{suffix}" for format_ in FORMATS for suffix in format_.suffixes)
