"""A file of text, read in blocks of whole lines, so that memory stays bounded and lines are cut by loops in C."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from inference.errors import TableError

BLOCK_BYTES: Final = 2**20
LONGEST_LINE: Final = 16 * 2**20
_MARK: Final = b"\xef\xbb\xbf"
"""What spreadsheets write first into UTF-8."""


class Blocks:
    """The lines of an open file, some at a time."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self._path = path
        self._file = file
        self._size = path.stat().st_size
        self.bytes_read = 0

    def __iter__(self) -> Iterator[bytes]:
        """Give about a megabyte of whole lines at a time. Raises TableError where a line is no line."""
        while block := self._file.read(BLOCK_BYTES):
            rest = b"" if block.endswith(b"\n") else self._file.readline(LONGEST_LINE)
            if len(rest) == LONGEST_LINE:
                raise TableError(
                    self._path, f"a line in it is longer than {LONGEST_LINE} bytes", "Write one row a line"
                )
            block += rest
            whole = block if self.bytes_read else block.removeprefix(_MARK)
            self.bytes_read += len(block)
            yield whole

    def done(self) -> float:
        """Return how much of the file has been read, from 0 to 1."""
        return min(1.0, self.bytes_read / self._size) if self._size else 1.0


class TextLines:
    """The lines of blocks as texts, with their ends. One that is no UTF-8 is given all the same, and noted."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self.undecoded: set[int] = set()
        """The numbers, from 1, of the lines that are no UTF-8."""

    def __iter__(self) -> Iterator[io.StringIO]:
        """Give the lines of a block at a time, cut where any system ends a line."""
        number = 0
        for block in self._blocks:
            try:
                text = block.decode()
            except UnicodeDecodeError:
                text = block.decode(errors="surrogateescape")
                lines = io.StringIO(text, newline="")
                self.undecoded.update(at for at, line in enumerate(lines, number + 1) if not _is_unicode(line))
            number += line_ends(text)
            yield io.StringIO(text, newline="")


def _is_unicode(text: str) -> bool:
    return not any("\udc80" <= char <= "\udcff" for char in text)


def line_ends(text: str) -> int:
    """Count where any system ends a line in a text."""
    return text.count("\n") + text.count("\r") - text.count("\r\n")
