"""JSON Lines: a JSON object a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, Final

import orjson

from inference.tables.blocks import Blocks
from inference.tables.plain_text import plain_text
from inference.tables.table import ABSENT, CHUNK_BYTES, CHUNK_ROWS, Chunk, NewColumn, Table, TableFormat, TableWriter

_FIRST: Final = 100
"""The keys of so many rows are taken for the columns."""

_Row = Mapping[str, Any] | str
"""A row, or why it is none."""


class _JsonLines:
    """An open file. A line that holds no object is a broken row; the others are read."""

    texts = False

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._rows = self._parsed()
        self._first = list(islice(self._rows, _FIRST))
        self.names = tuple(dict.fromkeys(key for _, row in self._first if not isinstance(row, str) for key in row))

    def _parsed(self) -> Iterator[tuple[int, _Row]]:
        lines = chain.from_iterable(block.split(b"\n") for block in _unended(self._blocks))
        for number, line in enumerate(lines, 1):
            if line and not line.isspace():
                yield number, _parsed(line)

    def chunks(self, names: Sequence[str]) -> Iterator[Chunk]:
        while True:
            rows, lines, broken = self._some_rows()
            if not rows:
                return
            columns = {name: [row.get(name, ABSENT) for row in rows] for name in names}
            for place in broken:
                for column in columns.values():
                    column[place] = None
            yield Chunk(columns, len(rows), lines, broken)

    def _some_rows(self) -> tuple[list[Mapping[str, Any]], list[int], dict[int, str]]:
        rows: list[Mapping[str, Any]] = []
        lines: list[int] = []
        broken: dict[int, str] = {}
        enough = self._blocks.bytes_read + CHUNK_BYTES
        while len(rows) < CHUNK_ROWS and self._blocks.bytes_read < enough:
            number, row = self._first.pop(0) if self._first else next(self._rows, (0, ""))
            if not number:
                break
            if isinstance(row, str):
                broken[len(rows)] = row
                row = {}
            rows.append(row)
            lines.append(number)
        return rows, lines, broken

    def type_of(self, name: str) -> None:
        del name

    def done(self) -> float:
        return self._blocks.done()


def _unended(blocks: Blocks) -> Iterator[bytes]:
    """Give each block without its last line end, after which split would see one more line."""
    return (block.removesuffix(b"\n") for block in blocks)


def _parsed(line: bytes) -> _Row:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return f"the line is no JSON: {error}"
    return row if isinstance(row, dict) else f"the line holds no JSON object, but {type(row).__name__}"


class _JsonWriter:
    """A file of JSON Lines that is written, all rows with all keys."""

    def __init__(self, file: IO[bytes], columns: Sequence[NewColumn]) -> None:
        self._file = file
        self._names = [column.name for column in columns]

    def write(self, columns: Sequence[Sequence[Any]]) -> None:
        names = self._names
        rows = (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))
        self._file.writelines(orjson.dumps(row, default=plain_text, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


@contextmanager
def _read(path: Path) -> Iterator[Table]:
    with path.open("rb") as file:
        yield _JsonLines(Blocks(path, file))


@contextmanager
def _write(path: Path, columns: Sequence[NewColumn]) -> Iterator[TableWriter]:
    with path.open("wb") as file:
        yield _JsonWriter(file, columns)


JSON_LINES = TableFormat("JSON Lines", (".jsonl", ".ndjson"), _read, _write)
