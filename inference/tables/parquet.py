"""Parquet: typed columns in groups of rows, read in batches, whatever the size of a group."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from inference.errors import TableError
from inference.tables.parquet_writer import ParquetWriter
from inference.tables.table import CHUNK_BYTES, CHUNK_ROWS, Chunk, NewColumn, Table, TableFormat, TableWriter

_BUFFER_BYTES: Final = 2**20
"""Of each column so much is in memory at once, not all of its part in a group of rows."""
_INDEX: Final = re.compile(r"__index_level_\d+__")
"""Columns in which pandas keeps a frame's index that has no name: they are none of the frame's."""


class _ParquetTable:
    """An open file. Dates and decimals stay what they are; whoever needs numbers or texts makes them."""

    texts = False

    def __init__(self, path: Path, file: IO[bytes], arrow: Any) -> None:
        self._path = path
        self._arrow = arrow
        with self._explained("Write it again, for example with DataFrame.to_parquet"):
            self._file = arrow.parquet.ParquetFile(file, buffer_size=_BUFFER_BYTES)
            self._schema = self._file.schema_arrow
        self.names = tuple(name for name in self._schema.names if not _INDEX.fullmatch(name))
        if not self.names:
            raise TableError(path, "it has no columns", "Write a column for each feature")
        self._rows = 0

    @contextmanager
    def _explained(self, mend: str) -> Iterator[None]:
        # What pyarrow raises: a damaged page is an OSError, a time that Python does not know a ValueError.
        try:
            yield
        except (self._arrow.ArrowException, OSError, ValueError, OverflowError) as error:
            why = " ".join(str(error).split()).rstrip(".")
            raise TableError(self._path, f"it cannot be read as Parquet: {why}", mend) from error

    def chunks(self, names: Sequence[str]) -> Iterator[Chunk]:
        batches = self._file.iter_batches(self._rows_of_a_chunk(names), columns=list(names))
        while True:
            with self._explained("It is damaged, or holds what is not supported: write it again"):
                batch = next(batches, None)
                if batch is None:
                    return
                columns = {name: self._values(batch.column(batch.schema.names.index(name))) for name in names}
            lines = range(self._rows + 1, self._rows + batch.num_rows + 1)
            self._rows += batch.num_rows
            yield Chunk(columns, batch.num_rows, lines)

    def _rows_of_a_chunk(self, names: Sequence[str]) -> int:
        """Return how many rows fit a chunk, by the group of rows with the largest ones."""
        metadata, largest = self._file.metadata, 1.0
        for group in map(metadata.row_group, range(metadata.num_row_groups)):
            if group.num_rows:
                columns = map(group.column, range(group.num_columns))
                wanted = (one for one in columns if _is_of(one.path_in_schema, names))
                largest = max(largest, sum(one.total_uncompressed_size for one in wanted) / group.num_rows)
        return max(1, min(CHUNK_ROWS, int(CHUNK_BYTES / largest)))

    def _values(self, column: Any) -> Sequence[Any]:
        kinds = self._arrow.types
        if isinstance(column.type, self._arrow.BaseExtensionType):
            column = column.storage
        if kinds.is_dictionary(column.type):
            column = column.dictionary_decode()
        if not column.null_count and (kinds.is_integer(column.type) or kinds.is_floating(column.type)):
            values: list[Any] = column.to_numpy().tolist()
        else:
            values = column.to_pylist()
        return values

    def type_of(self, name: str) -> Any:
        kind = self._schema.types[self._schema.names.index(name)]
        return kind.storage_type if isinstance(kind, self._arrow.BaseExtensionType) else kind

    def done(self) -> float:
        count = self._file.metadata.num_rows
        return self._rows / count if count else 1.0


def _is_of(path: str, names: Sequence[str]) -> bool:
    """Tell whether a column as it is stored, such as `box.width`, is one of these or a part of one."""
    return any(path == name or path.startswith(f"{name}.") for name in names)


def _pyarrow(path: Path) -> Any:
    """Import pyarrow, which only these files need. Raises TableError with the command that installs it."""
    try:
        importlib.import_module("pyarrow.parquet")
        return importlib.import_module("pyarrow")
    except ModuleNotFoundError as error:
        mend = "Run where predictql runs: pip install pyarrow"
        raise TableError(path, "pyarrow is needed for Parquet, and is not installed", mend) from error


@contextmanager
def _read(path: Path) -> Iterator[Table]:
    arrow = _pyarrow(path)
    with path.open("rb") as file:
        yield _ParquetTable(path, file, arrow)


@contextmanager
def _write(path: Path, columns: Sequence[NewColumn]) -> Iterator[TableWriter]:
    arrow = _pyarrow(path)
    with path.open("wb") as file:
        writer = ParquetWriter(file, columns, arrow)
        yield writer
        writer.close()


PARQUET = TableFormat("Parquet", (".parquet", ".pq"), _read, _write, place="row")
