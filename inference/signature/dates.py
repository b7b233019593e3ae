"""Dates and times: they are strings to a caller, and to the model what it was fitted on, strings or pandas' own."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_DAY_FIRST: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]|$)")
"""`20240105` is a date to ISO 8601 too, but it might be any number."""


def is_date(value: object) -> bool:
    """Tell whether a value is a string that says a date, or a date and a time, as ISO 8601 does: `2024-01-05`."""
    if not isinstance(value, str) or not _DAY_FIRST.match(value):
        return False
    try:
        dt.datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def all_dates(values: Iterable[object]) -> bool:
    """Tell whether all of these are dates."""
    return all(map(is_date, values))


def fits(value: object, example: object) -> bool:
    """Tell whether a value is a date as another is: both say how far from UTC they are, or neither does.

    A column of pandas is of the one kind or the other, and a row must not make it another for its neighbours.
    """
    return is_date(value) and is_date(example) and _has_offset(value) == _has_offset(example)


def _has_offset(date: Any) -> bool:
    return dt.datetime.fromisoformat(date).tzinfo is not None


def date_column(values: Sequence[Any]) -> Any:
    """Return a column of pandas' own dates, in UTC if they have offsets, of strings; missing where they are None."""
    there = [np.nan if value is None else value for value in values]
    in_utc = any(value is not None and _has_offset(value) for value in values)
    return pd.to_datetime(pd.Series(there, dtype=object), format="ISO8601", utc=in_utc)
