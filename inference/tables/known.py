"""The formats of tables. A new one is a module beside this one and an entry here."""

from __future__ import annotations

from pathlib import Path

from inference.errors import TableError
from inference.tables.csv_table import CSV, TSV
from inference.tables.json_lines import JSON_LINES
from inference.tables.parquet import PARQUET
from inference.tables.table import TableFormat

FORMATS: tuple[TableFormat, ...] = (CSV, TSV, JSON_LINES, PARQUET)


def table_format(path: Path) -> TableFormat:
    """Return the format that a file's name says. Raises TableError where it says none."""
    found = next((one for one in FORMATS if path.suffix.lower() in one.suffixes), None)
    if found is None:
        suffixes = [suffix for one in FORMATS for suffix in one.suffixes]
        raise TableError(path, "its name does not say a format of rows", f"Name it {', '.join(suffixes)}")
    return found
