"""A sample is read as pandas reads it, and described."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inference.card import FeatureType
from inference.errors import SampleError
from inference.signature.feature import Storage
from inference.signature.from_sample import describe_columns, distribution_of, read_sample
from inference.signature.strings import with_plain_strings


def write(folder: Path, text: str) -> Path:
    path = folder / "sample.csv"
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "it has no rows"),
        ("a,b\n", "it has no rows"),
        ("a,b\n\n\n", "it has no rows"),
        ("a,b\n1,2\n3\n", "line 3 has 1 cells, the header 2"),
        ("a,b\n1,2,3\n", "line 2 has 3 cells, the header 2"),
        ("a,b,a\n1,2,3\n", "column 'a' stands in it twice"),
        (",a\n0,1\n", "column 1 has no name"),
        ("a;b\n1;2\n", "its columns are not separated by commas"),
        ('a,b\n1,"2\n', "it is no CSV file: Error tokenizing data"),
    ],
)
def test_a_file_that_is_no_plain_table_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(SampleError) as caught:
        read_sample(path)
    assert caught.value.where == str(path)
    assert says in caught.value.why


def test_a_missing_file_and_a_file_in_another_encoding_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match="cannot be read: No such file"):
        read_sample(tmp_path / "none.csv")
    path = tmp_path / "sample.csv"
    path.write_bytes("größe\n1\n".encode("latin-1"))
    with pytest.raises(SampleError, match="not written in UTF-8"):
        read_sample(path)


def test_a_mark_of_the_byte_order_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeffgröße,b\n1,2\n")
    assert list(read_sample(path).columns) == ["größe", "b"]


def test_each_kind_of_column_is_recognised(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "float,whole_float,int,gaps,big,bool,bool_gaps,word,word_gaps,empty\n"
        "1.5,1.0,1,7,3000000000,True,True,b,x,\n"
        "2.5,2.0,2,,1,False,,a,,\n"
        "3.5,3.0,3,9,2,True,False,b,y,\n",
    )
    seen = describe_columns(read_sample(path))
    assert {name: (column.type, column.storage, column.missing) for name, column in seen.items()} == {
        "float": (FeatureType.FLOAT, Storage.FLOAT, False),
        "whole_float": (FeatureType.FLOAT, Storage.FLOAT, False),
        "int": (FeatureType.INTEGER, Storage.INTEGER, False),
        "gaps": (FeatureType.INTEGER, Storage.FLOAT, True),
        "big": (FeatureType.FLOAT, Storage.INTEGER, False),
        "bool": (FeatureType.BOOLEAN, Storage.BOOLEAN, False),
        "bool_gaps": (FeatureType.BOOLEAN, Storage.BOOLEAN, True),
        "word": (FeatureType.CATEGORY, Storage.STRING, False),
        "word_gaps": (FeatureType.CATEGORY, Storage.STRING, True),
        "empty": (None, Storage.FLOAT, True),
    }
    assert seen["word"].strings == ("a", "b")
    assert seen["word_gaps"].strings == ("x", "y")
    assert seen["whole_float"].whole
    assert not seen["float"].whole


def test_a_frame_that_was_not_read_from_a_file_is_described_too() -> None:
    frame = pd.DataFrame({"none": pd.Series([None, None], dtype=object), "word": pd.Categorical(["b", "a"])})
    seen = describe_columns(frame)
    assert (seen["none"].type, seen["none"].missing) == (None, True)
    assert (seen["word"].type, seen["word"].strings) == (FeatureType.CATEGORY, ("a", "b"))


def test_whole_numbers_with_gaps_that_are_written_with_a_point_are_floats(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n1.0,1\n,\n3.0,3e0\n")
    seen = describe_columns(read_sample(path))
    assert [column.type for column in seen.values()] == [FeatureType.FLOAT, FeatureType.FLOAT]


def test_a_sample_reads_as_the_frame_that_was_written(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "x, y": rng.normal(size=30),
            "i": rng.integers(-5, 5, 30),
            "gap": np.where(rng.random(30) < 0.5, np.nan, rng.integers(0, 9, 30)),
            "bool": rng.random(30) < 0.5,
            'say "so"\n': rng.choice(["a", "b,c", 'd"', "é\n"], 30),
        }
    )
    path = tmp_path / "sample.csv"
    frame.to_csv(path, index=False)
    pd.testing.assert_frame_equal(read_sample(path), with_plain_strings(frame))


def test_a_single_column_of_texts_may_hold_commas_and_empty_lines(tmp_path: Path) -> None:
    path = tmp_path / "sample.csv"
    pd.DataFrame({"text": ["one, two", "three\n\nfour", "five"]}).to_csv(path, index=False)
    assert read_sample(path)["text"].tolist() == ["one, two", "three\n\nfour", "five"]


@given(st.lists(st.floats(), max_size=20))
@example([1.2e308] * 3)
@example([-1.7e308, 1.7e308, 1.7e308, 1.7e308])
def test_a_distribution_is_that_of_the_finite_values(values: list[float]) -> None:
    described = distribution_of(np.array(values, dtype=np.float64))
    finite = [value for value in values if np.isfinite(value)]
    if not finite:
        assert described is None
        return
    assert described is not None
    low, median, high = described.quartiles
    assert described.min == min(finite)
    assert described.max == max(finite)
    assert described.min <= low <= median <= high <= described.max
    assert described.min <= described.mean <= described.max or np.isclose(described.mean, described.min)
