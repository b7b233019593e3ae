"""Files that appear under their names when they are complete, and not before."""

from __future__ import annotations

import os
import secrets
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
    unfinished = target.with_name(f".{path.name}.{secrets.token_hex(8)}.unfinished{path.suffix}")
    try:
        unfinished.touch(0o600, exist_ok=False)  # inside the block, so that an interrupt cannot leave it behind
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
