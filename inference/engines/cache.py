"""What was found out of a model, kept for the next start: a graph, a proof, a measurement, or why there is none.

Nothing of it is code. What is damaged, half written, of another model, or may have been written by others is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

logger = logging.getLogger(__name__)

_OTHERS_WRITE: Final = stat.S_IWOTH | stat.S_IWGRP
_DAY_SECONDS: Final = 24 * 3600
_MOST_UNUSED_SECONDS: Final = 90 * _DAY_SECONDS
_MOST_BYTES: Final = 2_000_000_000
_UNFINISHED: Final = ".engine.part"
_OWN_FILE: Final = re.compile(rf"[0-9a-f]{{64}}\.engine|.*{re.escape(_UNFINISHED)}")
"""The folder may be one that has other files, too."""

Said = dict[str, Any]
"""What JSON can say."""


class _Entry(NamedTuple):
    used: float
    """When it was read or written last, in seconds since 1970."""
    size: int
    """In bytes."""
    path: Path


class Cache:
    """A folder with a file for each key, a digest in hexadecimal. What cannot be read or written is passed over."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._said: dict[str, tuple[object, ...]] = {}

    def find(self, key: str) -> tuple[Said, bytes] | None:
        """Return what was kept under a key; None where nothing was, or where it is damaged, or not to be trusted."""
        path = self._path(key)
        try:
            content = self._read(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            self._say_once("%s cannot be read (%s), so it is made anew", path, error.strerror)
            return None
        if content is None:
            mend = "or set PREDICTQL_CACHE_DIR to a folder of this user's own"
            text = "%s is not used: others own it or can write to it. Run: chmod -R go-w %s, %s"
            self._say_once(text, path, self.folder, mend)
            return None
        try:
            return _unpacked(key, content)
        except (ValueError, TypeError):
            logger.warning("%s is damaged, and made anew", path)
            return None

    def keep(self, key: str, said: Mapping[str, Any], content: bytes = b"") -> None:
        """Keep something; where that fails, the next start makes it again."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _only_ours(self.folder.stat()):
                return  # it would not be read
            self._write(self._path(key), _packed(key, said, content))
        except OSError as error:
            mend = "Set PREDICTQL_CACHE_DIR to a folder that this user may write to, or each start makes them anew"
            self._say_once("Conversions and proofs cannot be kept in %s: %s. %s", self.folder, error.strerror, mend)

    def prune(self) -> None:
        """Remove what nobody has used for 90 days and, where there are more than 2 GB, what was used longest ago.

        Nothing that was read or written within a day is removed, so what a server uses that starts stays, however much
        it is. Other processes may use the folder meanwhile: what they do not find, they make anew.
        """
        removed = [entry.size for entry in _superfluous(self._entries(), time.time()) if _is_removed(entry)]
        if removed:
            text = "%s: conversions and proofs that nobody has used lately are removed (%.1f MB)"
            logger.info(text, self.folder, sum(removed) / 1e6)

    def _entries(self) -> Iterator[_Entry]:
        """Yield those that there are, none where others may have made them."""
        with contextlib.suppress(OSError):
            if not _only_ours(self.folder.stat()):
                return
            with os.scandir(self.folder) as files:
                for file in files:
                    if _OWN_FILE.fullmatch(file.name) and file.is_file(follow_symlinks=False):
                        with contextlib.suppress(FileNotFoundError):  # another process may remove some, too
                            state = file.stat()
                            yield _Entry(state.st_mtime, state.st_size, Path(file.path))

    def _read(self, path: Path) -> bytes | None:
        """Return a file's content, None where others may have written it. What is asked is the file that is read."""
        if not _only_ours(self.folder.stat()):
            return None
        with path.open("rb") as file:
            if not _only_ours(os.fstat(file.fileno())):
                return None
            with contextlib.suppress(OSError):
                os.utime(path)  # used now; when files were read last, many systems do not note
            return file.read()

    def _write(self, path: Path, packed: bytes) -> None:
        """Put a file there as a whole: another process may do the same at the same time, or this one be killed."""
        with tempfile.NamedTemporaryFile(dir=self.folder, suffix=_UNFINISHED, delete=False) as file:
            beside = Path(file.name)
            try:
                file.write(packed)
                file.flush()
                beside.replace(path)
            except OSError:
                beside.unlink(missing_ok=True)
                raise

    def _say_once(self, text: str, *values: object) -> None:
        """Log a warning, unless it was said of another model: what is wrong is the folder. Models load side by side."""
        if self._said.setdefault(text, values) is values:
            logger.warning(text, *values)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.engine"


def _superfluous(entries: Iterable[_Entry], now: float) -> Iterator[_Entry]:
    """Yield those that are to be removed, those among them that were never finished."""
    size = 0
    for entry in sorted(entries, reverse=True):  # the one that was used last comes first
        size += entry.size
        unused = now - entry.used
        spare = size > _MOST_BYTES or entry.path.name.endswith(_UNFINISHED)
        if unused > _MOST_UNUSED_SECONDS or (spare and unused > _DAY_SECONDS):
            yield entry


def _is_removed(entry: _Entry) -> bool:
    """Remove an entry, unless somebody has used it since it was seen, or it cannot be; tell whether it is gone."""
    try:
        if entry.path.stat().st_mtime != entry.used:
            return False
        entry.path.unlink()
    except OSError:
        return False
    return True


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
