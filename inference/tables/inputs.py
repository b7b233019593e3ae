"""Which columns of a table a model is given, and how their values become those that a caller of the API would send."""

from __future__ import annotations

import datetime as dt
import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from inference.card import FeatureType
from inference.errors import TableError
from inference.signature.feature import Feature, Signature
from inference.tables.cells import read_cells, read_numbers, whole
from inference.tables.plain_text import plain_text
from inference.tables.table import ABSENT, Chunk, Table

_OF_JSON: Final = frozenset((type(None), bool, int, float, str, list, dict))
_STRINGS: Final = {FeatureType.CATEGORY, FeatureType.TEXT}


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a model takes of a table's columns."""

    signature: Signature
    texts: bool
    sources: Mapping[str, tuple[str, ...]]
    """By feature, the columns that it is made of: several for the elements of a vector, none where it is absent."""

    @property
    def names(self) -> tuple[str, ...]:
        """All columns that are to be read."""
        return tuple(name for names in self.sources.values() for name in names)

    @property
    def absent(self) -> tuple[str, ...]:
        """The features that the table has no column for, and that the model does without."""
        return tuple(feature for feature, names in self.sources.items() if not names)

    def read(self, chunk: Chunk) -> list[Sequence[Any]]:
        """Return a chunk's values, one column per feature, as `PredictRequest` takes them."""
        return [self._column(feature, chunk) for feature in self.signature.features]

    def _column(self, feature: Feature, chunk: Chunk) -> Sequence[Any]:
        names = self.sources[feature.source]
        if not names:
            return [feature.default] * chunk.count
        if len(names) > 1:
            return self._vectors(chunk, names)
        values = chunk.columns[names[0]]
        read = read_cells(feature, values) if self.texts else _read_values(feature, values)
        if feature.default is not None and None in read:
            return [feature.default if value is None else value for value in read]
        return read

    def _vectors(self, chunk: Chunk, names: Sequence[str]) -> Sequence[Any]:
        parts = [chunk.columns[name] for name in names]
        if self.texts:
            parts = [read_numbers(part) for part in parts]
        return [None if place in chunk.broken else row for place, row in enumerate(zip(*parts, strict=True))]


def _read_values(feature: Feature, values: Sequence[Any]) -> Sequence[Any]:
    """Read values that have types already: what JSON says is taken as the API takes it, and others as near as it is."""
    kinds = set(map(type, values))
    if type(ABSENT) in kinds:
        values = [None if value is ABSENT else value for value in values]
    if not kinds <= _OF_JSON:
        values = [_of_json(feature, value) for value in values]
        kinds = set(map(type, values))
    if float in kinds and feature.type is FeatureType.INTEGER:
        values = [whole(value) for value in values]
    if float in kinds:  # a gap in a column of a frame is NaN
        values = [None if isinstance(value, float) and math.isnan(value) else value for value in values]
    return values


def _of_json(feature: Feature, value: Any) -> Any:
    """Return what JSON has for a value that it has not: a number for a decimal, ISO 8601 for a date."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dt.date | dt.time | bytes) and feature.type in _STRINGS:
        return plain_text(value)
    return value


def find_inputs(signature: Signature, table: Table, path: Path) -> Inputs:
    """Find the columns of each feature by their names in training. Raises TableError where a needed one is missing."""
    names = set(table.names)
    (first, *others) = signature.features
    if first.type is FeatureType.VECTOR and not others and first.source not in names:
        sources = {first.source: _elements(first, signature, table, path)}
    else:
        sources = {one.source: ((one.source,) if one.source in names else ()) for one in signature.features}
        _check_there(signature, sources, table, path)
    for name in (name for part in sources.values() for name in part):
        if table.names.count(name) > 1:
            raise TableError(path, f"column {name!r} stands in it twice", "Keep one of them")
    return Inputs(signature, table.texts, sources)


def _elements(feature: Feature, signature: Signature, table: Table, path: Path) -> tuple[str, ...]:
    """Return the columns that a vector is made of: by name where they have names, else all, in their order."""
    length = feature.length or 0
    for names in (signature.columns, tuple(map(str, range(length)))):
        if names and set(names) <= set(table.names):
            return names
    if not signature.columns and len(table.names) == length:
        return table.names
    lacking = [name for name in signature.columns if name not in set(table.names)]
    why = f"it lacks {_listed(lacking)}" if lacking else f"it has {len(table.names)} columns"
    mend = f"Write a column for each of the {length} numbers that the model takes"
    raise TableError(path, why, mend if lacking else f"{mend}, and no others, or name them 0 to {length - 1}")


def _check_there(signature: Signature, sources: Mapping[str, tuple[str, ...]], table: Table, path: Path) -> None:
    lacking = [one.source for one in signature.features if one.required and not sources[one.source]]
    if not lacking:
        return
    near = difflib.get_close_matches(lacking[0], [name for name in table.names if name not in sources], n=1)
    meant = f" (is {near[0]!r} meant?)" if near else ""
    needed = [one.source for one in signature.features if one.required]
    mend = f"Name the columns as in training; needed are {_listed(needed, len(needed))}"
    raise TableError(path, f"it lacks {_listed(lacking)}{meant}", mend)


def _listed(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(repr, names[:most])) + more
