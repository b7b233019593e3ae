"""Which files may be loaded: of an allowed format, inside the models folder, and not for everyone to write to."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from inference.errors import NotTrusted

_FEW: Final = 3
_HAS_MODES: Final = os.name == "posix"
"""On Windows all modes look alike, and say nothing of who may write."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What an operator lets into the server."""

    formats: frozenset[str] | None = None
    """The names of the formats that may be loaded; None for all."""
    writable: bool = False
    """Files that every user of the machine can write to may be loaded, too."""


TRUST: Final = Trust()
"""What is let in where nobody says otherwise."""


def check_inside(path: Path, root: Path) -> None:
    """Refuse a path that leads out of a folder. Raises NotTrusted."""
    target = _real(path)
    if not target.is_relative_to(_real(root)):
        raise NotTrusted(
            path,
            f"it leads to {target}, and nothing outside {root} is followed",
            "Put the files themselves there instead of a link",
        )


def check_files(paths: Iterable[Path], root: Path, trust: Trust) -> None:
    """Refuse files, or folders with all that is below them, that lead out of `root` or that everyone can write to.

    Raises NotTrusted.
    """
    every = dict.fromkeys(entry for path in paths for entry in _below(path, root, set()))
    if trust.writable or not _HAS_MODES:
        return
    # Who can write to a folder can put another file in place of one, so the folders up to the root count, too.
    folders = (folder for path in every for place in (path, _real(path)) for folder in _above(place, root))
    writable = sorted(path for path in dict.fromkeys([*every, *folders]) if _everyone_writes(path))
    if writable:
        raise NotTrusted(writable[0], "every user of this machine can write to it", _mend(writable))


def _below(path: Path, root: Path, seen: set[Path]) -> Iterator[Path]:
    """Yield a path and, of a folder, all below it, as an import would find it: through links that stay inside."""
    check_inside(path, root)
    yield path
    if path.is_dir() and _real(path) not in seen:
        seen.add(_real(path))
        for entry in path.iterdir():
            yield from _below(entry, root, seen)


def _above(path: Path, root: Path) -> Iterator[Path]:
    return (folder for folder in path.parents if folder.is_relative_to(root) or folder.is_relative_to(_real(root)))


def _real(path: Path) -> Path:
    # Path.resolve raises on links in a circle, in some versions of Python. They lead nowhere.
    return Path(os.path.realpath(path))


def _everyone_writes(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IWOTH)
    except OSError:
        return False  # who reads it will say what is the matter


def _mend(writable: list[Path]) -> str:
    allow = "or allow it: PREDICTQL_ALLOW_WRITABLE=true"
    shared = next((path for path in writable if path.stat().st_mode & stat.S_ISVTX), None)
    if shared:  # such as /tmp, which is to be so
        return f"Move the models into a folder below {shared} that is only yours, {allow}"
    topmost = [path for path in writable if not set(path.parents) & {*writable}]
    if len(topmost) > _FEW:
        topmost = [Path(os.path.commonpath(topmost))]
    return f"Run: chmod -R o-w {' '.join(shlex.quote(str(path)) for path in topmost)}, {allow}"
