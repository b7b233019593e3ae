"""Words looked up in a dictionary, where scikit-learn sorts, searches and masks whole columns of objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import preprocessing

from inference.engines.lean.form import Form, NotLean, Transforming
from inference.engines.lean.rows import Rows

_Places = Mapping[Any, Any]


class OneHot(Transforming):
    """A column of zeros and ones for each category. A category that was never seen, or was dropped, has none."""

    takes_columns = True

    def __init__(self, encoder: Any) -> None:
        if encoder.handle_unknown not in {"error", "ignore"}:
            raise NotLean("unknown categories are infrequent ones")
        lookups, self._width = _columns_of_categories(encoder)
        # What `error` does not know raises, and then the plain call says so.
        self._find = [(one.__getitem__ if encoder.handle_unknown == "error" else one.get) for one in lookups]
        self._dtype = encoder.dtype

    def transform(self, rows: Rows) -> NDArray[Any]:
        """Return the dense array. Raises KeyError for a category that is to be refused."""
        count, width = len(rows.columns[0]), self._width
        made = np.zeros(count * width, dtype=self._dtype)
        starts = range(0, count * width, width)
        hot: list[int] = []
        for find, values in zip(self._find, rows.columns, strict=True):
            hot += [start + place for start, place in zip(starts, map(find, values), strict=True) if place is not None]
        made[hot] = 1
        return made.reshape(count, width)


class Ordinal(Transforming):
    """The place of a category among those of its column."""

    takes_columns = True

    def __init__(self, encoder: Any) -> None:
        lookups = [
            {**_numbered(categories), **({None: encoder.encoded_missing_value} if place in missing else {})}
            for missing in [encoder._missing_indices]  # noqa: SLF001  # which categories mean "missing", by column
            for place, categories in enumerate(_categories(encoder))
        ]
        unknown = encoder.unknown_value
        refuses = encoder.handle_unknown == "error"
        self._find: list[Callable[[Any], Any]] = [
            one.__getitem__ if refuses else _or_unknown(one, unknown) for one in lookups
        ]
        self._dtype = encoder.dtype

    def transform(self, rows: Rows) -> NDArray[Any]:
        """Return the codes. Raises KeyError for a category that is to be refused."""
        codes = [[*map(find, values)] for find, values in zip(self._find, rows.columns, strict=True)]
        return np.ascontiguousarray(np.array(codes, dtype=self._dtype).T)


def _or_unknown(lookup: _Places, unknown: Any) -> Callable[[Any], Any]:
    return lambda value: lookup.get(value, unknown)


def _columns_of_categories(encoder: Any) -> tuple[list[_Places], int]:
    """Return for each feature the column of each category, None for a dropped one; and how many columns there are."""
    lookups: list[_Places] = []
    width = 0
    categories = _categories(encoder)
    dropped = encoder.drop_idx_ if encoder.drop_idx_ is not None else [None] * len(categories)
    for known, without in zip(categories, dropped, strict=True):
        kept = [category for place, category in enumerate(known) if place != without]
        lookups.append({**dict.fromkeys(known), **{category: width + place for place, category in enumerate(kept)}})
        width += len(kept)
    return lookups, width


def _numbered(categories: list[Any]) -> dict[Any, int]:
    return {category: place for place, category in enumerate(categories)}


def _categories(encoder: Any) -> list[list[Any]]:
    """Return each feature's categories as plain values, None for a missing one. Raises NotLean for grouped ones."""
    if encoder._infrequent_enabled:  # noqa: SLF001  # the only word on it, whichever parameter asked for it
        raise NotLean("infrequent categories are one")
    return [[_plain(value) for value in categories.tolist()] for categories in encoder.categories_]


def _plain(category: Any) -> Any:
    is_nan = isinstance(category, float) and np.isnan(category)
    return None if is_nan else category


def one_hot_of(encoder: Any) -> Form:
    """Return the form of an encoder whose sparse answer would be made dense in any case."""
    return OneHot(encoder)


ENCODING: Mapping[type, Callable[[Any], Form]] = {preprocessing.OrdinalEncoder: Ordinal}
