"""Cells of text, read as what a feature takes: column by column, and cell by cell only where something is odd.

What cannot be read stays as it is, for `check_rows` to refuse with the same words as everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import orjson

from inference.card import FeatureType
from inference.signature.feature import Feature

MISSING: Final = frozenset(
    ("", "NA", "N/A", "n/a", "<NA>", "NaN", "nan", "-NaN", "-nan", "NULL", "null", "None", "#N/A", "#N/A N/A", "#NA")
)
"""What stands for a missing value in a file, as pandas reads files by default."""

_TRUTH: Final = {"true": True, "false": False}


def read_cells(feature: Feature, cells: Sequence[str | None]) -> Sequence[Any]:
    """Read a column of texts as values of a feature; None for a missing one."""
    match feature.type:
        case FeatureType.FLOAT:
            return read_numbers(cells)
        case FeatureType.INTEGER:
            return _read_integers(cells)
        case FeatureType.BOOLEAN:
            return [_boolean(cell) for cell in cells]
        case FeatureType.VECTOR:
            return [_vector(cell) for cell in cells]
        case FeatureType.CATEGORY:
            # A marker may be one of the strings that were seen in training: NA is a country.
            return _read_strings(cells, MISSING.difference(map(str, feature.categories)))
        case FeatureType.TEXT:
            return _read_strings(cells, {""})


def read_numbers(cells: Sequence[str | None]) -> Sequence[Any]:
    """Read a column of texts as floats."""
    return _at_once(float, cells) or [_number(cell) for cell in cells]


def _read_integers(cells: Sequence[str | None]) -> Sequence[Any]:
    return _at_once(int, cells) or [whole(_number(cell)) for cell in cells]


def _at_once(read: Callable[[str], float], cells: Sequence[Any]) -> list[float] | None:
    """Read all cells in a loop in C; None where one of them needs a closer look."""
    try:
        text = "".join(cells)
        values = list(map(read, cells))
    except (TypeError, ValueError, OverflowError):
        return None
    # Python reads 1_000 and other alphabets' digits, too; `n` is in nan and in inf.
    return values if text.isascii() and "_" not in text and "n" not in text.lower() else None


def _number(cell: str | None) -> float | str | None:
    text = None if cell is None else cell.strip()
    if text is None or text in MISSING:
        return None
    if not text.isascii() or "_" in text:
        return cell
    try:
        return float(text)
    except ValueError:
        return cell


def whole(value: Any) -> Any:
    """Return a float without a fraction as an int, as GraphQL takes 5.0 for an Int; anything else as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _boolean(cell: str | None) -> bool | str | None:
    text = None if cell is None else cell.strip()
    if text is None or text in MISSING:
        return None
    return _TRUTH.get(text.lower(), cell)


def _vector(cell: str | None) -> Any:
    """Read a JSON list."""
    if cell is None or cell.strip() in MISSING:
        return None
    try:
        return orjson.loads(cell)
    except orjson.JSONDecodeError:
        return cell


def _read_strings(cells: Sequence[str | None], missing: set[str] | frozenset[str]) -> Sequence[str | None]:
    if missing.isdisjoint(cells):
        return cells
    return [None if cell in missing else cell for cell in cells]
