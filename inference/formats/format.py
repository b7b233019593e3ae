"""What a format is, and which artifact has which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inference.card import Card
from inference.signature.declared import DeclaredColumn


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file to load an estimator from."""

    path: Path
    """Where it was read, for error messages. It may have changed since: nothing is read from there again."""
    content: bytes = field(repr=False)
    card: Card


@dataclass(frozen=True, slots=True)
class Opened:
    """What was in an artifact."""

    estimator: Any
    columns: tuple[DeclaredColumn | None, ...] = ()
    """What the artifact says of the columns that the estimator takes, in their order; empty where it says nothing."""


@dataclass(frozen=True, slots=True)
class Format:
    """A way to keep an estimator in a file."""

    name: str
    suffixes: tuple[str, ...]
    load: Callable[[Artifact], Opened]
    """Reads the estimator; raises ArtifactError."""
