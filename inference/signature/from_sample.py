"""What a sample says: it is read as a person's own `pd.read_csv` would read it, then described column by column."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from inference.card import FeatureType
from inference.errors import SampleError
from inference.signature.dates import all_dates
from inference.signature.feature import Distribution, Storage
from inference.signature.parquet_sample import read_parquet
from inference.signature.strings import with_plain_strings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from inference.signature.feature import Category

INT32: Final = (-(2**31), 2**31 - 1)
"""What GraphQL's Int can hold."""

_ENORMOUS: Final = 1e290

_ENCODING: Final = "utf-8-sig"
"""UTF-8, with or without the mark that spreadsheets write first."""

_WHOLE: Final = "whole"
"""Key in `DataFrame.attrs`: the float64 columns that are whole numbers with gaps, written without a decimal point."""


@dataclass(frozen=True, slots=True)
class SeenColumn:
    """One column of a sample."""

    type: FeatureType | None
    """FLOAT, INTEGER, BOOLEAN, TEXT for dates, or CATEGORY for any other strings; None where every value is missing."""
    storage: Storage
    missing: bool
    whole: bool = False
    """Every number that is there is a whole one."""
    distribution: Distribution | None = None
    strings: tuple[str, ...] = ()
    """The different strings, sorted."""
    dates: bool = False
    """Every string is a date, as ISO 8601 writes it."""


def read_sample(path: Path) -> pd.DataFrame:
    """Read a sample in CSV as pandas does by default, after checking that it is a plain table, or one in Parquet.

    Raises SampleError where the file cannot be read, has no rows, names a column twice or not at all, or is ragged.
    """
    try:
        if path.suffix == ".parquet":
            frame, whole = read_parquet(path)
            frame.attrs[_WHOLE] = whole
            return frame
        with path.open(encoding=_ENCODING, newline="") as file:
            _check_table(path, csv.reader(file))
        return _read_table(path)
    except OSError as error:
        raise SampleError(path, f"it cannot be read: {error.strerror}", "Make it a readable file") from error
    except UnicodeDecodeError as error:
        raise SampleError(path, "it is not written in UTF-8", "Save it as CSV in UTF-8") from error
    except (csv.Error, ValueError) as error:
        raise SampleError(path, f"it is no CSV file: {error}", "Write it with DataFrame.to_csv") from error


def _check_table(path: Path, lines: Any) -> None:
    """Check what pandas passes over: it fills short rows, renames double columns, takes a first column as index."""
    header: list[str] = next((cells for cells in lines if cells), [])
    _check_header(path, header)
    rows = 0
    for cells in lines:
        rows += bool(cells)
        if cells and len(cells) != len(header):
            raise SampleError(
                path,
                f"line {lines.line_num} has {len(cells)} cells, the header {len(header)}",
                "Write it with DataFrame.to_csv, which quotes commas inside values",
            )
    if not rows:
        raise SampleError(path, "it has no rows", "Write a header and some rows of training data, or delete the file")


def _check_header(path: Path, header: Sequence[str]) -> None:
    if len(header) == 1 and any(mark in header[0] for mark in ";\t"):
        raise SampleError(path, "its columns are not separated by commas", "Save it with commas")
    if "" in header:
        raise SampleError(
            path,
            f"column {header.index('') + 1} has no name",
            "Leave the index out: X.head(1000).to_csv(path, index=False)",
        )
    twice = [name for name, count in Counter(header).items() if count > 1]
    if twice:
        raise SampleError(path, f"column {twice[0]!r} stands in it twice", "Keep one of them")


def _read_table(path: Path) -> pd.DataFrame:
    """Read the table; note which columns are whole numbers that pandas makes floats because some are missing."""
    frame = with_plain_strings(pd.read_csv(path, encoding=_ENCODING, low_memory=False))
    gaps = [name for name in frame.columns if frame[name].hasnans and _is_whole(frame[name])]
    if gaps:
        written = pd.read_csv(path, encoding=_ENCODING, usecols=gaps, dtype=str)
        whole = (name for name in gaps if written[name].dropna().str.fullmatch(r"\s*[+-]?\d+\s*").all())
        frame.attrs[_WHOLE] = frozenset(whole)
    return frame


def _is_whole(column: pd.Series) -> bool:
    """Whether the numbers of this column are whole."""
    if column.dtype != np.float64:
        return pd.api.types.is_integer_dtype(column.dtype)
    values = column.to_numpy()
    values = values[np.isfinite(values)]
    return bool(len(values)) and bool((values == np.trunc(values)).all())


def describe_columns(frame: pd.DataFrame) -> dict[str, SeenColumn]:
    """Describe each column, by name, in the frame's order."""
    whole = frame.attrs.get(_WHOLE, frozenset())
    return {str(name): _describe(frame[name], written_whole=name in whole) for name in frame.columns}


def _describe(column: pd.Series, *, written_whole: bool) -> SeenColumn:
    missing = bool(column.hasnans)
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind == "boolean":
        return SeenColumn(FeatureType.BOOLEAN, Storage.BOOLEAN, missing)
    if pd.api.types.is_numeric_dtype(column.dtype):
        return _describe_numbers(column, missing=missing, written_whole=written_whole)
    if column.isna().all():
        return SeenColumn(None, Storage.STRING, missing)
    strings = tuple(sorted({str(value) for value in column.dropna()}))
    dates = all_dates(strings)  # every row has its own, and the next one will be new
    return SeenColumn(
        FeatureType.TEXT if dates else FeatureType.CATEGORY, Storage.STRING, missing, strings=strings, dates=dates
    )


def _describe_numbers(column: pd.Series, *, missing: bool, written_whole: bool) -> SeenColumn:
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    distribution = distribution_of(values)
    if distribution is None:
        return SeenColumn(None, Storage.FLOAT, missing)
    small = INT32[0] <= distribution.min and distribution.max <= INT32[1]
    integers = pd.api.types.is_integer_dtype(column.dtype)
    is_integer = small and (written_whole or integers)
    return SeenColumn(
        FeatureType.INTEGER if is_integer else FeatureType.FLOAT,
        Storage.INTEGER if integers and not missing else Storage.FLOAT,
        missing,
        whole=_is_whole(column),
        distribution=distribution,
    )


def distribution_of(values: np.ndarray) -> Distribution | None:
    """Describe the finite numbers of an array of any shape; None where there are none."""
    values = values[np.isfinite(values)]
    if not values.size:
        return None
    low, high = float(values.min()), float(values.max())
    # Sums and differences of enormous numbers are infinite: those of a fraction of them are not.
    scale = 1.0 if max(-low, high) < _ENORMOUS else 0.5 ** (values.size.bit_length() + 1)
    first, second, third = (np.quantile(values * scale, (0.25, 0.5, 0.75)) / scale).tolist()
    return Distribution(low, high, float(np.mean(values * scale) / scale), (first, second, third))


def plain(value: object) -> Category | None:
    """Turn a cell into a plain Python value, None where it is missing or not finite."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float) and np.isfinite(value):
        return value
    return None


def is_missing(value: object) -> bool:
    """Whether a cell is None, NaN, NaT or NA."""
    return value is None or value is pd.NA or value != value  # noqa: PLR0124  # only NaN and NaT differ from themselves
