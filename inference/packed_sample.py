"""Writes the sample of a packed model: the first rows of a table, cell by cell as they stand there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from inference.errors import TableError, nearest
from inference.tables.known import table_format
from inference.tables.table import ABSENT, NewColumn

MOST_ROWS: Final = 1000


def write_sample(source: Path, target: Path, without: Sequence[str]) -> None:
    """Write the first rows of a table as CSV, without some columns. Raises TableError and OSError."""
    with table_format(source).read(source) as table:
        for name in without:
            if name not in table.names:
                why = f"there is no column {name!r}{nearest(name, table.names)}"
                raise TableError(source, why, "Name the column with the target")
        names = tuple(name for name in table.names if name not in without)
        chunk = next(table.chunks(names), None)
    if chunk is None:
        raise TableError(source, "it has no rows", "Give some rows of training data")
    rows = [place for place in range(min(chunk.count, MOST_ROWS + len(chunk.broken))) if place not in chunk.broken]
    with table_format(target).write(target, [NewColumn(name, None) for name in names]) as writer:
        kept = list(islice(rows, MOST_ROWS))
        writer.write([[_cell(chunk.columns[name][place]) for place in kept] for name in names])


def _cell(value: object) -> object:
    return None if value is ABSENT else value
