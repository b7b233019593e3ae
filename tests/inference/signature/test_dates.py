"""Dates are strings to a caller, and to a model what it was fitted on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from inference.card import FeatureType
from inference.errors import ErrorCode, LoadFailed
from inference.outputs.output import OutputRequest
from inference.signature.checks import check_rows
from inference.signature.dates import all_dates, date_column, fits
from inference.signature.feature import Storage

if TYPE_CHECKING:
    from tests.inference.conftest import Ask, Load

DAYS = ["2024-01-05", "2024-02-29", "2024-12-31", "2025-03-01"]


def parsed(rows: pd.DataFrame) -> pd.DataFrame:
    """Read strings, as a person whose dates come from a file does."""
    return rows.assign(day=pd.to_datetime(rows["day"], format="ISO8601").dt.day_of_year)


def taken(rows: pd.DataFrame) -> pd.DataFrame:
    """Take pandas' own dates."""
    return rows.assign(day=rows["day"].dt.day_of_year)


def table(days: object = DAYS) -> pd.DataFrame:
    return pd.DataFrame({"day": days, "size": np.arange(4.0)})


def of_strings() -> object:
    return make_pipeline(FunctionTransformer(parsed), Ridge()).fit(table(), np.arange(4))


def of_dates(days: object = None) -> object:
    rows = table(pd.to_datetime(DAYS) if days is None else days)
    return make_pipeline(FunctionTransformer(taken), Ridge()).fit(rows, np.arange(4))


@pytest.mark.parametrize(
    ("values", "are"),
    [
        (["2024-01-05", "2024-01-05T10:30", "2024-01-05 10:30:00.5+02:00"], True),
        (["2024-01-05", "someday"], False),
        (["2024-02-30"], False),
        (["20240105"], False),
        (["2024-01-057"], False),
        ([None], False),
    ],
)
def test_dates_are_what_iso_8601_writes_with_dashes(values: list[object], are: bool) -> None:  # noqa: FBT001  # a case
    assert all_dates(values) is are


def test_a_column_of_dates_in_a_sample_is_text_with_a_date_as_example(load: Load) -> None:
    day, size = load(of_strings(), sample=table()).signature.features
    assert (day.type, day.categories, day.example, day.stored) == (
        FeatureType.TEXT, (), "2024-01-05", Storage.STRING,
    )  # fmt: skip
    assert size.type is FeatureType.FLOAT


def test_a_date_that_was_never_seen_is_answered(load: Load, ask: Ask) -> None:
    fitted = of_strings()
    load(fitted, sample=table())
    rows = table(["2031-07-01", "1999-01-01", "2024-06-30", "2024-02-29"])
    assert ask(rows, "value").columns[OutputRequest("value")] == fitted.predict(rows).tolist()  # type: ignore[attr-defined]  # scikit-learn has no types


def test_a_model_fitted_on_dates_of_pandas_is_given_dates_of_pandas(load: Load, ask: Ask) -> None:
    fitted = of_dates()
    assert load(fitted, sample=table()).signature.features[0].stored is Storage.DATE
    rows = table(["2031-07-01", "1999-01-01T12:00", "2024-06-30", "2024-02-29"])
    own = rows.assign(day=pd.to_datetime(rows["day"], format="ISO8601"))
    assert ask(rows, "value").columns[OutputRequest("value")] == fitted.predict(own).tolist()  # type: ignore[attr-defined]  # as above


def test_what_is_no_date_is_refused_before_the_model_is_asked(load: Load) -> None:
    signature = load(of_dates(), sample=table()).signature
    errors = check_rows(signature, [["2024-01-05", "soon", "2024-01-05T10:00+02:00", "2024-13-01"], [1.0] * 4])
    assert [(error.index, error.code) for error in errors] == [(index, ErrorCode.BAD_USER_INPUT) for index in (1, 2, 3)]
    assert errors[0].message == "day is 'soon'; it must be a date, such as '2024-01-05'"
    assert check_rows(signature, [["2024-01-05", "2031-12-31 10:00"], [1.0] * 2]) == []


def test_dates_with_offsets_are_one_column_in_utc() -> None:
    column = date_column(["2024-01-05T10:00+02:00", None, "2024-01-05T10:00Z"])
    assert str(column.dtype).endswith("UTC]")
    assert [None if pd.isna(one) else one.hour for one in column] == [8, None, 10]
    assert fits("2024-01-05T10:00Z", "2024-01-05T10:00+02:00")
    assert not fits("2024-01-05", "2024-01-05T10:00+02:00")


def test_dates_that_an_encoder_knows_stay_its_categories(load: Load) -> None:
    encoder = make_column_transformer((OneHotEncoder(), ["day"]), remainder="passthrough")
    day = load(make_pipeline(encoder, Ridge()).fit(table(), np.arange(4)), sample=table()).signature.features[0]
    assert (day.type, day.categories, day.open) == (FeatureType.CATEGORY, tuple(DAYS), False)


def test_a_model_that_takes_dates_in_no_way_is_refused_with_what_it_says_of_strings(load: Load) -> None:
    broken = of_dates()
    broken.steps[0][1].func = failing  # type: ignore[attr-defined]  # as above
    with pytest.raises(LoadFailed, match="nothing is right: str"):
        load(broken, sample=table())


def failing(rows: pd.DataFrame) -> pd.DataFrame:
    """Refuse whatever comes."""
    message = f"nothing is right: {rows['day'].dtype}"
    raise ValueError(message)
