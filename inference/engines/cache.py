"""What was found out of a model, kept for the next start: a graph, a proof, a measurement, or why there is none.

Nothing of it is code. What is damaged, half written, of another model, or may have been written by others is made anew.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

logger = logging.getLogger(__name__)

_OTHERS_WRITE: Final = stat.S_IWOTH | stat.S_IWGRP

Said = dict[str, Any]
"""What JSON can say."""


class Cache:
    """A folder with a file for each key. What cannot be read or written is passed over."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, key: str) -> tuple[Said, bytes] | None:
        """Return what was kept under a key; None where nothing was, or where it is damaged, or not to be trusted."""
        path = self._path(key)
        try:
            content = self._read(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            logger.warning("%s cannot be read (%s), so it is made anew", path, error.strerror)
            return None
        if content is None:
            logger.warning("%s is not used: others can write to it. Run: chmod -R go-w %s", path, self._folder)
            return None
        try:
            return _unpacked(key, content)
        except (ValueError, TypeError):
            logger.warning("%s is damaged, and made anew", path)
            return None

    def keep(self, key: str, said: Mapping[str, Any], content: bytes = b"") -> None:
        """Keep something; where that fails, the next start makes it again."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _only_ours(self._folder.stat()):
                return  # it would not be read
            self._write(self._path(key), _packed(key, said, content))
        except OSError as error:
            logger.warning("Conversions and proofs cannot be kept in %s: %s", self._folder, error.strerror)

    def _read(self, path: Path) -> bytes | None:
        """Return a file's content, None where others may have written it. What is asked is the file that is read."""
        if not _only_ours(self._folder.stat()):
            return None
        with path.open("rb") as file:
            return file.read() if _only_ours(os.fstat(file.fileno())) else None

    def _write(self, path: Path, packed: bytes) -> None:
        """Put a file there as a whole: another process may do the same at the same time, or this one be killed."""
        with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
            beside = Path(file.name)
            try:
                file.write(packed)
                file.flush()
                beside.replace(path)
            except OSError:
                beside.unlink(missing_ok=True)
                raise

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.engine"


def _packed(key: str, said: Mapping[str, Any], content: bytes) -> bytes:
    head = json.dumps({"key": key, **said}).encode() + b"\n" + content
    return hashlib.sha256(head).hexdigest().encode() + b"\n" + head


def _unpacked(key: str, packed: bytes) -> tuple[Said, bytes]:
    """Take apart what `_packed` made. Raises ValueError or TypeError where it did not, or of another key."""
    digest, _, rest = packed.partition(b"\n")
    if hashlib.sha256(rest).hexdigest().encode() != digest:
        raise ValueError("its digest is another one")
    head, _, content = rest.partition(b"\n")
    said: Said = json.loads(head)
    if said.pop("key", None) != key:
        raise ValueError("it was kept under another key")
    return said, content


def _only_ours(state: os.stat_result) -> bool:
    """Tell whether nobody but this user and the administrator can change a file or folder."""
    if os.name != "posix":
        return True  # modes say nothing there
    return state.st_uid in {os.geteuid(), 0} and not state.st_mode & _OTHERS_WRITE
