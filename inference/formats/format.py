"""What a format is, and which artifact has which."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    said: Mapping[str, Any] = field(default_factory=dict)
    """What `locate` learned on the way to it."""


@dataclass(frozen=True, slots=True)
class Located:
    """The file that is to be loaded for an artifact."""

    path: Path
    needs: tuple[str, ...] = ()
    """Formats that must be allowed besides the artifact's own, because the file is of them."""
    said: Mapping[str, Any] = field(default_factory=dict)
    """What `load` has to know besides the file's bytes."""
    beside: tuple[Path, ...] = ()
    """Other files that are read."""


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
    file: str | None = None
    """The name of the artifact, where it is not `model` and a suffix."""
    locate: Callable[[Path], Located] = Located
    """From the artifact to the file that is loaded, itself in most formats; raises ArtifactError."""

    def owns(self, path: Path) -> bool:
        """Tell whether a file's name is one for this format."""
        return path.suffix in self.suffixes or path.name == self.file
