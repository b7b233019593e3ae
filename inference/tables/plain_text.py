"""Values of any type as the text that stands for them where only text can stand."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import orjson


def plain_text(value: Any) -> str:
    """Return a value's text: truth values in small letters, dates and times as ISO 8601, lists and records as JSON.

    Nothing for a missing one, which NaN is, too. Bytes are read as UTF-8, with escapes for what is not.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    match value:
        case bool():
            return str(value).lower()
        case dt.date() | dt.time():  # a datetime and a pandas Timestamp are dates, too
            return value.isoformat()
        case bytes():
            return value.decode(errors="backslashreplace")
        case list() | tuple() | dict():
            return orjson.dumps(value, default=plain_text, option=orjson.OPT_NON_STR_KEYS).decode()
    return str(value)
