"""What a format is, and which artifact has which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inference.card import Card


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file to load an estimator from."""

    path: Path
    """Where it was read, for error messages. It may have changed since: nothing is read from there again."""
    content: bytes = field(repr=False)
    card: Card


@dataclass(frozen=True, slots=True)
class Format:
    """A way to keep an estimator in a file."""

    name: str
    suffixes: tuple[str, ...]
    load: Callable[[Artifact], Any]
    """Reads the estimator; raises ArtifactError."""
