"""What a format is, and which artifact has which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Format:
    """A way to keep an estimator in a file."""

    name: str
    suffixes: tuple[str, ...]
    load: Callable[[Path], Any]
    """Reads the estimator; raises ArtifactError."""
