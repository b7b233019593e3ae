"""Writes CSV, column by column: numbers need no quotes, so whole columns of them become text in loops in C."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, Any, Final

import orjson

from inference.outputs.output import ScalarKind
from inference.tables.plain_text import plain_text
from inference.tables.table import NewColumn

_NUMBERS: Final = {ScalarKind.FLOAT, ScalarKind.INTEGER}


class CsvWriter:
    """A CSV file that is written: floats with as many digits as tell them apart, truth values as true and false."""

    def __init__(self, file: IO[str], columns: Sequence[NewColumn], delimiter: str) -> None:
        self._file = file
        self._delimiter = delimiter
        self._kinds = [column.kind for column in columns]
        self._special = (delimiter, '"', "\r", "\n")
        self._write_lines([self._texts([column.name]) for column in columns])

    def write(self, columns: Sequence[Sequence[Any]]) -> None:
        """Write some rows."""
        written = [
            _numbers(column) if kind in _NUMBERS else self._texts(column)
            for column, kind in zip(columns, self._kinds, strict=True)
        ]
        if len(written) == 1:  # a line with nothing on it would be no row
            written = [[cell or '""' for cell in written[0]]]
        self._write_lines(written)

    def _write_lines(self, columns: Sequence[Sequence[str]]) -> None:
        lines = "\n".join(map(self._delimiter.join, zip(*columns, strict=True)))
        if lines:
            self._file.write(lines + "\n")

    def _texts(self, column: Sequence[Any]) -> Sequence[str]:
        if set(map(type, column)) != {str}:
            column = list(map(plain_text, column))
        joined = "".join(column)
        if not any(mark in joined for mark in self._special):
            return column
        return [self._quoted(cell) for cell in column]

    def _quoted(self, cell: str) -> str:
        if any(mark in cell for mark in self._special):
            return '"' + cell.replace('"', '""') + '"'
        return cell


def _numbers(column: Sequence[Any]) -> list[str]:
    if not column:
        return []
    cells = orjson.dumps(column)[1:-1].decode().split(",")
    return ["" if cell == "null" else cell for cell in cells] if None in column else cells
