"""Writes Parquet: outputs have the type of their kind, kept columns that which they had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, Any, Final

from inference.errors import TableError
from inference.outputs.output import ScalarKind
from inference.tables.plain_text import plain_text
from inference.tables.table import NewColumn

_GROUP_ROWS: Final = 2**17
"""A group of rows is written when it has so many, or so many bytes."""
_GROUP_BYTES: Final = 2**25


class ParquetWriter:
    """A Parquet file that is written. A column of which only the values say the type gets that of its first rows."""

    def __init__(self, file: IO[bytes], columns: Sequence[NewColumn], arrow: Any) -> None:
        self._file = file
        self._arrow = arrow
        self._columns = columns
        self._types: list[Any] = [self._known_type(column) for column in columns]
        self._writer: Any = None
        self._rows = 0
        self._waiting: list[Any] = []

    def _known_type(self, column: NewColumn) -> Any:
        if isinstance(column.stored, self._arrow.DataType):
            return column.stored
        return None if column.kind is None else self._type(column.kind)

    def _type(self, kind: ScalarKind) -> Any:
        types = {
            ScalarKind.FLOAT: self._arrow.float64,
            ScalarKind.INTEGER: self._arrow.int64,
            ScalarKind.BOOLEAN: self._arrow.bool_,
            ScalarKind.STRING: self._arrow.string,
        }
        return types[kind]()

    def write(self, columns: Sequence[Sequence[Any]]) -> None:
        """Write some rows. Raises TableError where a value is not of its column's type."""
        self._types = [
            self._type(_kind_of(values)) if known is None else known
            for known, values in zip(self._types, columns, strict=True)
        ]
        arrays = [self._array(place, values) for place, values in enumerate(columns)]
        batch = self._arrow.record_batch(arrays, schema=self._schema())
        self._waiting.append(batch)
        self._rows += batch.num_rows
        if (
            sum(one.num_rows for one in self._waiting) >= _GROUP_ROWS
            or sum(one.nbytes for one in self._waiting) >= _GROUP_BYTES
        ):
            self._write_group()

    def _array(self, place: int, values: Sequence[Any]) -> Any:
        kind = self._types[place]
        if kind == self._arrow.string() and not set(map(type, values)) <= {str, type(None)}:
            values = [None if value is None else plain_text(value) for value in values]
        try:
            return self._arrow.array(values, type=kind)
        except (self._arrow.ArrowException, TypeError, ValueError, OverflowError) as error:
            raise TableError(
                f"column {self._columns[place].name!r}",
                f"it has the type {kind} in the first rows, and another after row {self._rows}: {error}",
                "Write CSV or JSON Lines, whose columns take anything, or do not keep it",
            ) from error

    def _schema(self) -> Any:
        types = (kind or self._arrow.string() for kind in self._types)
        return self._arrow.schema([(one.name, kind) for one, kind in zip(self._columns, types, strict=True)])

    def _write_group(self) -> None:
        if self._writer is None:
            self._writer = self._arrow.parquet.ParquetWriter(self._file, self._schema())
        if self._waiting:
            table = self._arrow.Table.from_batches(self._waiting)
            self._writer.write_table(table.unify_dictionaries(), row_group_size=len(table))
            self._waiting = []

    def close(self) -> None:
        """Write what is left, and the end of the file."""
        self._write_group()
        self._writer.close()


def _kind_of(values: Sequence[Any]) -> ScalarKind:
    """Return the kind of values without a declared type; what is mixed, or no plain value, is written as text."""
    kinds = set(map(type, values)) - {type(None)}
    if kinds == {bool}:
        return ScalarKind.BOOLEAN
    if kinds == {int}:
        return ScalarKind.INTEGER
    return ScalarKind.FLOAT if kinds and kinds <= {int, float} else ScalarKind.STRING
