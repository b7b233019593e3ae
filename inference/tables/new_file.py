"""Files that appear under their names when they are complete, and not before."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def finished(path: Path) -> Iterator[Path]:
    """Give a path to write to. What is there takes the place of `path` at the end of the block, if that is reached.

    Raises OSError. What cannot be replaced, such as a pipe or a device, is written to as it is.
    """
    if path.exists() and not path.is_file():
        yield path
        return
    target = path.resolve()  # a symbolic link stays one
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=f".unfinished{path.suffix}", dir=target.parent)
    os.close(handle)
    unfinished = Path(name)
    try:
        yield unfinished
        unfinished.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _umask() -> int:
    """Return the process's mask of rights; to read it is to set it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
