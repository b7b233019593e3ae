"""CSV, and the same with tabs: a header, then a row a line; a quoted cell may hold line ends."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate, chain, islice
from pathlib import Path
from typing import Final

from inference.errors import TableError
from inference.tables.blocks import LONGEST_LINE, Blocks, TextLines, line_ends
from inference.tables.csv_writer import CsvWriter
from inference.tables.table import CHUNK_BYTES, CHUNK_ROWS, Chunk, NewColumn, Table, TableFormat, TableWriter

_PIECE: Final = 1024
"""After so many rows it is seen whether they have become too many bytes."""

_Row = Sequence[str | None]


class _CsvTable:
    """An open CSV file. A row with too few or too many cells, or of no UTF-8, is broken; the others are read."""

    texts = True

    def __init__(self, path: Path, blocks: Blocks, delimiter: str) -> None:
        self._path = path
        self._blocks = blocks
        self._lines = TextLines(blocks)
        self._reader = csv.reader(chain.from_iterable(self._lines), delimiter=delimiter)
        self.names = tuple(self._header())

    def _header(self) -> Sequence[str]:
        header: Sequence[str] = next((row for row in iter(lambda: self._rows(1), []) if row[0]), [[]])[0]
        if not header:
            raise TableError(self._path, "it is empty", "Write a header with the names of the columns, then the rows")
        if any(line <= self._reader.line_num for line in self._lines.undecoded):
            raise TableError(self._path, "it is not written in UTF-8", "Save it as CSV in UTF-8")
        if len(header) == 1 and any(mark in header[0] for mark in ";\t"):
            why = "its columns are not separated by commas"
            raise TableError(self._path, why, "Save it with commas, or name it .tsv where they are tabs")
        return header

    def _rows(self, count: int) -> list[list[str]]:
        try:
            return list(islice(self._reader, count))
        except csv.Error as error:
            why = f"it cannot be read near line {self._reader.line_num}: {error}"
            raise TableError(self._path, why, "Look for a quotation mark there that is not closed") from error

    def chunks(self, names: Sequence[str]) -> Iterator[Chunk]:
        positions = [self.names.index(name) for name in names]
        while True:
            before, enough = self._reader.line_num, self._blocks.bytes_read + CHUNK_BYTES
            rows: list[list[str]] = []
            while len(rows) < CHUNK_ROWS and self._blocks.bytes_read < enough and (some := self._rows(_PIECE)):
                rows += some
            if not rows:
                return
            chunk = self._chunk(rows, before, names, positions)
            if chunk.count:
                yield chunk

    def _chunk(self, rows: list[list[str]], before: int, names: Sequence[str], positions: Sequence[int]) -> Chunk:
        lines: Sequence[int] = range(before + 1, self._reader.line_num + 1)
        if len(lines) > len(rows) or not all(rows):
            lines = list(accumulate((1 + sum(map(line_ends, cells)) for cells in rows[:-1]), initial=before + 1))
            lines = [line for line, cells in zip(lines, rows, strict=True) if cells]
            rows = list(filter(None, rows))  # a blank line is no row
        broken = self._broken(rows, lines)
        whole: list[_Row] = list(rows)
        for place in broken:
            whole[place] = (None,) * len(self.names)
        cells = list(zip(*whole, strict=True)) or [()] * len(self.names)
        columns = {name: cells[position] for name, position in zip(names, positions, strict=True)}
        return Chunk(columns, len(rows), lines, broken)

    def _broken(self, rows: Sequence[Sequence[str]], lines: Sequence[int]) -> dict[int, str]:
        width = len(self.names)
        broken: dict[int, str] = {}
        if set(map(len, rows)) != {width}:
            wrong = (place for place, cells in enumerate(rows) if len(cells) != width)
            broken = {place: f"the row has {len(rows[place])} cells, and the header {width}" for place in wrong}
        if self._lines.undecoded:
            ends = [*lines[1:], self._reader.line_num + 1]
            for place, (start, end) in enumerate(zip(lines, ends, strict=True)):
                if not self._lines.undecoded.isdisjoint(range(start, end)):
                    broken[place] = "the row is not written in UTF-8"
            self._lines.undecoded.difference_update(range(self._reader.line_num + 1))
        return broken

    def type_of(self, name: str) -> None:
        del name

    def done(self) -> float:
        return self._blocks.done()


@contextmanager
def _read(path: Path, delimiter: str) -> Iterator[Table]:
    # A cell may be a long text; the limit is that of the whole process, and put back.
    limit = csv.field_size_limit(LONGEST_LINE)
    try:
        with path.open("rb") as file:
            yield _CsvTable(path, Blocks(path, file), delimiter)
    finally:
        csv.field_size_limit(limit)


@contextmanager
def _write(path: Path, columns: Sequence[NewColumn], delimiter: str) -> Iterator[TableWriter]:
    with path.open("w", encoding="utf-8", newline="") as file:
        yield CsvWriter(file, columns, delimiter)


CSV = TableFormat("CSV", (".csv",), lambda path: _read(path, ","), lambda path, columns: _write(path, columns, ","))
TSV = TableFormat("TSV", (".tsv",), lambda path: _read(path, "\t"), lambda path, columns: _write(path, columns, "\t"))
