"""Text for what is no text."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from inference.tables.plain_text import plain_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (np.nan, ""),
        (" as it is ", " as it is "),
        (True, "true"),
        (1, "1"),
        (0.1, "0.1"),
        (Decimal("1.50"), "1.50"),
        (dt.date(2024, 2, 29), "2024-02-29"),
        (dt.datetime(2024, 2, 29, 1, 2, 3, tzinfo=dt.UTC), "2024-02-29T01:02:03+00:00"),
        (pd.Timestamp(1, unit="ns"), "1970-01-01T00:00:00.000000001"),
        (dt.time(1, 2), "01:02:00"),
        ("Zürich".encode(), "Zürich"),
        (b"\xff", "\\xff"),
        ([1.5, None, dt.date(2024, 1, 1)], '[1.5,null,"2024-01-01"]'),
        ({"a": {1: Decimal(2)}}, '{"a":{"1":"2"}}'),
    ],
)
def test_a_value_has_one_text(value: object, text: str) -> None:
    assert plain_text(value) == text
