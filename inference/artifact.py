"""Reads an artifact with what is to be known before and after: digest, code folder, version warnings."""

from __future__ import annotations

import hashlib
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sklearn.exceptions import InconsistentVersionWarning

from inference.card import Card
from inference.errors import ArtifactError, NotTrusted
from inference.formats.format import Artifact, Opened
from inference.formats.known import artifact_names, format_of
from inference.info import ArtifactInfo
from inference.own_code import importable
from inference.repository import VersionFiles
from inference.trust import Trust, check_files


@dataclass(slots=True)
class WarningLog:
    """What scikit-learn warned of while artifacts were read, by thread.

    `warnings.catch_warnings` changes the whole process, so one stands around all loading threads together.
    """

    _versions: dict[int, str] = field(default_factory=dict)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take all warnings until the end of the block; none is printed."""
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.showwarning = self._take
            yield

    def _take(self, message: Warning | str, *_: Any, **__: Any) -> None:
        if isinstance(message, InconsistentVersionWarning):
            self._versions[threading.get_ident()] = message.original_sklearn_version

    def trained_with(self) -> str | None:
        """Return and forget the other scikit-learn version that this thread's artifact was trained with, if any."""
        return self._versions.pop(threading.get_ident(), None)


def read_artifact(files: VersionFiles, card: Card, trust: Trust) -> tuple[Opened, ArtifactInfo]:
    """Read a version's artifact.

    What is loaded are the very bytes whose digest was compared with the card's, whatever becomes of the file meanwhile.
    Raises NotTrusted where it may not be loaded, and ArtifactError where it cannot be, or is not the one expected.
    """
    path = files.artifact
    format_ = format_of(path)
    if format_ is None:
        raise ArtifactError(path, "its format is not served", f"Save it as one of {artifact_names()}")
    _check_allowed(path, format_.name, trust)
    check_files([path, *filter(None, [files.sample, files.code])], files.root, trust)
    located = format_.locate(path)
    for needed in located.needs:
        _check_allowed(located.path, needed, trust)
    check_files([located.path, *located.beside], files.root, trust)
    try:
        content = located.path.read_bytes()
    except OSError as error:
        raise ArtifactError(
            located.path, f"it cannot be opened: {error.strerror}", "Make it a readable file"
        ) from error
    info = ArtifactInfo(format_.name, len(content), hashlib.sha256(content).hexdigest())
    if card.sha256 and card.sha256 != info.sha256:
        raise ArtifactError(
            located.path,
            f"its sha256 is {info.sha256}, and the card says {card.sha256}",
            "Put the expected artifact there, or correct sha256 in card.yaml",
        )
    with importable(files.code):
        return format_.load(Artifact(located.path, content, card, located.said)), info


def _check_allowed(path: Path, name: str, trust: Trust) -> None:
    if trust.formats is not None and name not in trust.formats:
        raise NotTrusted(
            path,
            f"its format is {name}, and only {', '.join(sorted(trust.formats))} may be loaded",
            f"Save it as one of {artifact_names(trust.formats)}, or allow {name} with PREDICTQL_FORMATS",
        )
