"""A sample in Parquet, as the frame that the same rows would be in CSV: types are those that the file says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from inference.errors import SampleError, TableError
from inference.signature.strings import STRING
from inference.tables.known import table_format
from inference.tables.plain_text import plain_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def read_parquet(path: Path) -> tuple[pd.DataFrame, frozenset[str]]:
    """Read a sample; return it, and the names of columns that are whole numbers with gaps.

    Numbers are int64 or float64, truth values bool, all else strings; with gaps, whole numbers are float64, too.
    Raises SampleError where it cannot be read, has no rows, or names a column twice, and OSError.
    """
    try:
        with table_format(path).read(path) as table:
            twice = [name for name in table.names if table.names.count(name) > 1]
            if twice:
                raise SampleError(path, f"column {twice[0]!r} stands in it twice", "Keep one of them")
            parts: dict[str, list[Any]] = {name: [] for name in table.names}
            for chunk in table.chunks(table.names):
                for name, values in parts.items():
                    values.extend(chunk.columns[name])
    except TableError as error:
        raise SampleError(path, error.why, error.mend) from error
    if not any(parts.values()):
        raise SampleError(path, "it has no rows", "Write some rows of training data, or delete the file")
    whole = {name for name, values in parts.items() if None in values and _types(values) == {int}}
    return pd.DataFrame({name: _column(values) for name, values in parts.items()}), frozenset(whole)


def _types(values: Sequence[Any]) -> set[type]:
    return set(map(type, values)) - {type(None)}


def _column(values: Sequence[Any]) -> Any:
    kinds, gaps = _types(values), None in values
    if kinds == {bool}:
        return np.array([np.nan if value is None else value for value in values], dtype=object if gaps else np.bool_)
    if kinds == {int} and not gaps:
        return np.array(values)
    if all(hasattr(kind, "__float__") for kind in kinds):  # decimals, too; and nothing at all
        return np.array(values, dtype=np.float64)
    return pd.array([None if value is None else plain_text(value) for value in values], dtype=STRING)
