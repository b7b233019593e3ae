"""Conversions kept for the next start: a graph with its proof, or why there is none."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import stat
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from inference.libraries import running

logger = logging.getLogger(__name__)

_LIBRARIES: Final = ("skl2onnx", "onnx", "onnxruntime", "scikit-learn", "numpy", "pandas")
_OTHERS_WRITE: Final = stat.S_IWOTH | stat.S_IWGRP


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of one conversion."""

    reason: str
    """Why the graph is taken, or why not."""
    taken: bool = False
    rows: int = 0
    difference: float = 0.0
    speedup: float = 1.0
    whole: bool = True
    """The graph is that of all of the estimator, else of a pipeline's last step."""
    wide: bool = True
    outputs: tuple[tuple[str, str, str, tuple[int, ...], bool], ...] = ()
    """Method, name of the output, type, shape of one row's answer, and whether it is the class of the greatest."""
    domain: tuple[tuple[float, ...], tuple[float, ...]] | None = None
    most_rows: int | None = None


def cache_key(*parts: object) -> str:
    """Return the name of what is made of these parts with the libraries that run."""
    versions = [(name, running(name)) for name in _LIBRARIES]
    return hashlib.sha256(repr((parts, versions)).encode()).hexdigest()


class Cache:
    """A folder with a file for each conversion. What cannot be read or written is passed over, and made anew."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, key: str) -> tuple[Kept, bytes] | None:
        """Return what was kept under a name; None where nothing was, or where it is damaged, or not to be trusted."""
        path = self._path(key)
        try:
            if not _only_ours(self._folder) or not _only_ours(path):
                logger.warning("%s is not used: others can write to it. Run: chmod -R go-w %s", path, self._folder)
                return None
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            logger.warning("%s cannot be read (%s), so it is made anew", path, error.strerror)
            return None
        try:
            return _unpacked(content)
        except (ValueError, TypeError, KeyError):
            logger.warning("%s is damaged, and made anew", path)
            return None

    def keep(self, key: str, kept: Kept, graph: bytes = b"") -> None:
        """Keep a conversion; where that fails, the next start makes it again."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _only_ours(self._folder):
                return  # it would not be read
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                file.write(_packed(kept, graph))
            # Another process may do the same at the same time: each file is whole, whichever stays.
            Path(file.name).replace(self._path(key))
        except OSError as error:
            logger.warning("Conversions cannot be kept in %s: %s", self._folder, error.strerror)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.engine"


def _packed(kept: Kept, graph: bytes) -> bytes:
    head = json.dumps(asdict(kept)).encode() + b"\n" + graph
    return hashlib.sha256(head).hexdigest().encode() + b"\n" + head


def _unpacked(content: bytes) -> tuple[Kept, bytes]:
    """Take apart what `_packed` made. Raises ValueError, TypeError or KeyError where it did not."""
    digest, _, rest = content.partition(b"\n")
    if hashlib.sha256(rest).hexdigest().encode() != digest:
        raise ValueError("its digest is another one")
    head, _, graph = rest.partition(b"\n")
    said: dict[str, Any] = json.loads(head)
    outputs = tuple(
        (method, name, dtype, tuple(tail), is_label) for method, name, dtype, tail, is_label in said["outputs"]
    )
    domain = tuple(map(tuple, said["domain"])) if said["domain"] else None
    return Kept(**{**said, "outputs": outputs, "domain": domain}), graph


def _only_ours(path: Path) -> bool:
    """Tell whether nobody but this user and the administrator can change a file or folder."""
    if os.name != "posix":
        return True  # modes say nothing there
    state = path.stat()
    return state.st_uid in {os.geteuid(), 0} and not state.st_mode & _OTHERS_WRITE
