"""What a file of rows is, whatever its format: read chunk by chunk, written chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Final, Protocol

from inference.outputs.output import ScalarKind

CHUNK_ROWS: Final = 16_384
"""At most so many rows are in memory at once."""
CHUNK_BYTES: Final = 16 * 2**20
"""A chunk ends where so much of the file has been read for it, however few rows that are."""


class Absent(Enum):
    """Stands where a row does not have a value at all, which is not the same as a null."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a table that follow each other."""

    columns: Mapping[str, Sequence[Any]]
    """By name, one value per row: texts where the format has only texts, else plain values, or dates and others
    that the format has besides. None is a null."""
    count: int
    lines: Sequence[int]
    """The line on which each row begins, from 1; where the format has no lines, the row's number."""
    broken: Mapping[int, str] = field(default_factory=dict)
    """Rows that could not be read, by their place in the chunk, and why. Their values are None."""


class Table(Protocol):
    """An open file of rows."""

    names: tuple[str, ...]
    """Its columns; in a format without a header, those of the first rows."""
    texts: bool
    """All cells are texts: what they mean is for the model's signature to say."""

    def chunks(self, names: Sequence[str]) -> Iterator[Chunk]:
        """Read all rows, with these of the columns. To be called once. Raises TableError."""

    def type_of(self, name: str) -> Any:
        """Return the type that the format gives a column, for another file of it; None where it has no types."""

    def done(self) -> float:
        """Return how much of the file has been read, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class NewColumn:
    """A column of a table that is written."""

    name: str
    kind: ScalarKind | None
    """None where only the values say it."""
    stored: Any = None
    """The type that it had in the table that it is copied from: see `Table.type_of`."""


class TableWriter(Protocol):
    """A new file of rows."""

    def write(self, columns: Sequence[Sequence[Any]]) -> None:
        """Write some rows: for each column a value per row, None for a missing one. Raises TableError."""


@dataclass(frozen=True, slots=True)
class TableFormat:
    """A way to keep rows in a file."""

    name: str
    suffixes: tuple[str, ...]
    read: Callable[[Path], AbstractContextManager[Table]]
    """Opens a file; raises TableError and OSError."""
    write: Callable[[Path, Sequence[NewColumn]], AbstractContextManager[TableWriter]]
    """Begins a file; what is there is overwritten."""
    place: str = "line"
    """What `Chunk.lines` counts."""
