"""A sample in Parquet says what the same rows would say in CSV, and the types besides."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.linear_model import LinearRegression

from inference.card import FeatureType
from inference.errors import LoadFailed, SampleError
from inference.signature.feature import Storage
from inference.signature.from_sample import describe_columns, read_sample

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder


def test_a_frame_is_the_same_from_parquet_as_from_csv(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "float": [1.5, np.nan, 3],
            "whole_float": [1.0, 2.0, 3.0],
            "int": [1, 2, 3],
            "gaps": pd.array([7, None, 9], dtype="Int64"),
            "bool": [True, False, True],
            "bool_gaps": [True, None, False],
            "word": ["b", None, "a"],
            "kind": pd.Categorical(["b", "a", "b"]),
            "empty": [np.nan] * 3,
        }
    )
    frame.to_csv(tmp_path / "sample.csv", index=False)
    frame.to_parquet(tmp_path / "sample.parquet")
    from_csv, from_parquet = read_sample(tmp_path / "sample.csv"), read_sample(tmp_path / "sample.parquet")
    pd.testing.assert_frame_equal(from_parquet, from_csv)
    assert describe_columns(from_parquet) == describe_columns(from_csv)


def test_what_csv_cannot_say_is_taken_from_the_types(tmp_path: Path) -> None:
    columns = {
        "code": ["08001", "08002"],
        "price": [Decimal("1.50"), None],
        "day": [dt.date(2024, 1, 31), None],
        "small": pa.array([1.5, 2], pa.float32()),
    }
    pq.write_table(pa.table(columns), tmp_path / "sample.parquet")
    frame = read_sample(tmp_path / "sample.parquet")
    seen = describe_columns(frame)
    assert {name: (column.type, column.storage) for name, column in seen.items()} == {
        "code": (FeatureType.CATEGORY, Storage.STRING),
        "price": (FeatureType.FLOAT, Storage.FLOAT),
        "day": (FeatureType.TEXT, Storage.STRING),
        "small": (FeatureType.FLOAT, Storage.FLOAT),
    }
    assert seen["day"].strings == ("2024-01-31",)
    assert seen["price"].missing


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (pa.table({"a": pa.array([], pa.int64())}), "it has no rows"),
        (pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"]), "column 'a' stands in it twice"),
        (None, "it cannot be read as Parquet: "),
    ],
)
def test_a_sample_that_cannot_be_used_is_refused_by_name(tmp_path: Path, table: pa.Table | None, why: str) -> None:
    path = tmp_path / "sample.parquet"
    if table is None:
        path.write_text("a\n1\n")
    else:
        pq.write_table(table, path)
    with pytest.raises(SampleError) as caught:
        read_sample(path)
    assert caught.value.where == str(path)
    assert why in caught.value.why


def test_a_model_folder_may_hold_its_sample_in_parquet_and_only_one_sample(models_folder: ModelsFolder) -> None:
    frame = pd.DataFrame({"size": [1, 2, 3], "flag": [True, False, True]})
    folder = models_folder.add("m", LinearRegression().fit(frame, [1, 2, 3]))
    frame.to_parquet(folder / "sample.parquet")
    (model,) = models_folder.load().loaded
    assert [feature.type for feature in model.signature.features] == [FeatureType.INTEGER, FeatureType.BOOLEAN]
    frame.to_csv(folder / "sample.csv", index=False)
    with pytest.raises(LoadFailed, match=r"m: it holds sample\.csv and sample\.parquet\. Remove one of them\."):
        models_folder.load()
