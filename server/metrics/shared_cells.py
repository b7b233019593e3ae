"""Cells of a server that is several processes: each writes into a file of its own, and any of them reads all.

Files are mapped into memory, so counting is an addition as in one process, what the scraped process reads of the others
is never old, and what a process counted outlives it even where it was killed: no counter ever goes back.

A process has two files. `.numbers` has the cells, as doubles of the machine, in chunks that rows do not cross.
`.rows` has a line of JSON for each row: where it begins, its length, its kind and its key. It is locked while the
process lives.
"""

from __future__ import annotations

import json
import mmap
import os
import sys
import tempfile
import threading
import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from inference.statistics.cells import Row, RowKey
from inference.statistics.family import Family, Kind

if sys.platform != "win32":  # where there are no servers of several processes
    import fcntl

CHUNK_BYTES = 64 * 1024
CHUNK_CELLS = CHUNK_BYTES // 8
_ROWS, _NUMBERS = ".rows", ".numbers"


class SharedCells:
    """Rows of numbers that all processes with the same folder add up.

    To be made by each process for itself, not before a fork. The folder is for one run of a server: its files are small
    and stay until whoever made the folder removes it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = _Writer(folder)
        self._rows: dict[RowKey, tuple[Kind, Row]] = {}
        self._others: dict[Path, _Reader] = {}
        self._reading = threading.Lock()

    def row(self, family: Family, *labels: str) -> Row:
        """Return the row of this process, made of zeros where there is none yet."""
        key = (family.name, *labels)
        found = self._rows.get(key)
        if found is None:
            found = self._rows[key] = family.kind, self._own.row(family, key)
        return found[1]

    def total(self, family: Family, *labels: str) -> Sequence[float]:
        """Return the row of all processes together, zeros where nobody has counted."""
        key = (family.name, *labels)
        return self.totals([key]).get(key, [0.0] * family.cells)

    def totals(self, keys: Iterable[RowKey] | None = None) -> Mapping[RowKey, Sequence[float]]:
        """Return those rows of all processes together that there are: of some keys, or all."""
        wanted = None if keys is None else set(keys)
        found: dict[RowKey, tuple[Kind, list[Sequence[float]]]] = {}
        others = ((other.rows, other.lives) for other in self._refreshed())
        for rows, lives in ((self._rows, True), *others):
            there = rows.copy()  # in one step, as another thread may add to it
            for key in there if wanted is None else wanted & there.keys():
                kind, row = there[key]
                if lives or not _is_of_now(kind):
                    found.setdefault(key, (kind, []))[1].append(row.tolist())
        return {key: _together(kind, rows) for key, (kind, rows) in found.items()}

    def living(self) -> tuple[int, ...]:
        """Return the ids of all processes that live, this one first."""
        return (os.getpid(), *(other.process for other in self._refreshed() if other.lives))

    def _refreshed(self) -> Sequence[_Reader]:
        """Return the other processes as they are now. Any thread may ask."""
        with self._reading:
            for path in self._folder.glob(f"*{_ROWS}"):
                if path != self._own.path and path not in self._others:
                    self._others[path] = _Reader(path)
            for other in self._others.values():
                other.refresh()
            return tuple(self._others.values())


def _is_of_now(kind: Kind) -> bool:
    """Tell whether a number says nothing any more once its process has ended."""
    return kind in {Kind.GAUGE, Kind.SINCE}


def _together(kind: Kind, rows: Sequence[Sequence[float]]) -> Sequence[float]:
    if kind is Kind.SINCE:
        return [min((row[0] for row in rows if row[0]), default=0.0)]
    return [sum(cells) for cells in zip(*rows, strict=True)]


class _Writer:
    """This process's files."""

    def __init__(self, folder: Path) -> None:
        self._lines, name = tempfile.mkstemp(_ROWS, f"{os.getpid()}-", folder)
        self.path = Path(name)
        if sys.platform != "win32":
            fcntl.flock(self._lines, fcntl.LOCK_EX)
        self._numbers = os.open(self.path.with_suffix(_NUMBERS), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        # Descriptors, as these are open as long as somebody counts: there is no end at which a file would be closed.
        for descriptor in (self._lines, self._numbers):
            weakref.finalize(self, os.close, descriptor)
        self._chunks: list[memoryview[float]] = []
        self._used = CHUNK_CELLS
        """Of the last chunk; there is none yet."""

    def row(self, family: Family, key: RowKey) -> Row:
        """Make a row of zeros."""
        if self._used + family.cells > CHUNK_CELLS:
            os.ftruncate(self._numbers, (len(self._chunks) + 1) * CHUNK_BYTES)
            self._chunks.append(_mapped(self._numbers, len(self._chunks), mmap.ACCESS_WRITE))
            self._used = 0
        first, self._used = self._used, self._used + family.cells
        place = (len(self._chunks) - 1) * CHUNK_CELLS + first
        os.write(self._lines, json.dumps([place, family.cells, family.kind.value, *key]).encode() + b"\n")
        return self._chunks[-1][first : self._used]


@dataclass(slots=True)
class _Reader:
    """Another process's files."""

    path: Path
    rows: dict[RowKey, tuple[Kind, Row]] = field(default_factory=dict)
    lives: bool = True
    _read: int = 0
    """How many bytes of the lines were read."""
    _chunks: dict[int, memoryview[float]] = field(default_factory=dict)

    @property
    def process(self) -> int:
        """Its id."""
        return int(self.path.name.partition("-")[0])

    def refresh(self) -> None:
        """Learn of new rows, and whether the process lives. Of one that has ended, nothing new comes."""
        if not self.lives:
            return
        with self.path.open("rb") as lines:
            # Before the last lines are read, so that none is missed. Who has written none may be about to lock.
            self.lives = _is_locked(lines) or not self._read
            lines.seek(self._read)
            complete, newline, _ = lines.read().rpartition(b"\n")
        self._read += len(complete) + len(newline)
        for line in complete.splitlines():
            place, cells, kind, *key = json.loads(line)
            chunk, first = divmod(place, CHUNK_CELLS)
            self.rows[tuple(key)] = Kind(kind), self._chunk(chunk)[first : first + cells]

    def _chunk(self, number: int) -> memoryview[float]:
        if number not in self._chunks:
            with self.path.with_suffix(_NUMBERS).open("rb") as numbers:
                self._chunks[number] = _mapped(numbers.fileno(), number, mmap.ACCESS_READ)
        return self._chunks[number]


def _mapped(numbers: int, chunk: int, access: int) -> memoryview[float]:
    mapped = mmap.mmap(numbers, CHUNK_BYTES, access=access, offset=chunk * CHUNK_BYTES)
    return memoryview(mapped).cast("d")


def _is_locked(lines: IO[bytes]) -> bool:
    """Tell whether the process that writes a file lives: the system frees a lock when its process ends."""
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(lines, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
