"""Parquet read in batches and written in groups of rows."""

from __future__ import annotations

import datetime as dt
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from inference.card import FeatureType
from inference.errors import TableError
from inference.outputs.output import ScalarKind
from inference.signature.feature import Container, Feature, Signature
from inference.tables.inputs import find_inputs
from inference.tables.known import table_format
from inference.tables.table import CHUNK_BYTES, CHUNK_ROWS, Chunk, NewColumn

STAMP = dt.datetime(2024, 1, 31, 12, 0, tzinfo=dt.UTC)


def stored(tmp_path: Path, columns: dict[str, Any], **options: Any) -> Path:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table(columns), path, **options)
    return path


def read(path: Path, *names: str) -> list[Chunk]:
    with table_format(path).read(path) as table:
        return list(table.chunks(names or table.names))


def taken(path: Path, kind: FeatureType) -> list[Any]:
    """Read the column `a` as a feature."""
    signature = Signature((Feature("a", kind, length=2 if kind is FeatureType.VECTOR else None),), Container.FRAME)
    with table_format(path).read(path) as table:
        inputs = find_inputs(signature, table, path)
        return [value for chunk in table.chunks(inputs.names) for value in inputs.read(chunk)[0]]


@pytest.mark.parametrize(
    ("column", "kind", "values"),
    [
        (pa.array([1.5, None, np.nan]), FeatureType.FLOAT, [1.5, None, None]),
        (pa.array([0.1], pa.float32()), FeatureType.FLOAT, [float(np.float32(0.1))]),
        (pa.array([1.5, 2], pa.float16()), FeatureType.FLOAT, [1.5, 2.0]),
        (pa.array([Decimal("1.50"), None]), FeatureType.FLOAT, [1.5, None]),
        (pa.array([1, None], pa.int8()), FeatureType.INTEGER, [1, None]),
        (pa.array([2**40], pa.uint64()), FeatureType.INTEGER, [2**40]),
        (pa.array([1.0, np.nan, 2.5]), FeatureType.INTEGER, [1, None, 2.5]),
        (pa.array([Decimal("3.00")]), FeatureType.INTEGER, [3]),
        (pa.array([True, None, False]), FeatureType.BOOLEAN, [True, None, False]),
        (pa.array(["b", None, "b"]).dictionary_encode(), FeatureType.CATEGORY, ["b", None, "b"]),
        (pa.array([2, None, 2]).dictionary_encode(), FeatureType.INTEGER, [2, None, 2]),
        (pa.array(["NA", "", None], pa.large_string()), FeatureType.CATEGORY, ["NA", "", None]),
        (pa.array([b"word"], pa.binary()), FeatureType.TEXT, ["word"]),
        (pa.array([STAMP.date(), None]), FeatureType.CATEGORY, ["2024-01-31", None]),
        (pa.array([STAMP], pa.timestamp("ms")), FeatureType.CATEGORY, ["2024-01-31T12:00:00"]),
        (pa.array([STAMP], pa.timestamp("ns", "UTC")), FeatureType.TEXT, ["2024-01-31T12:00:00+00:00"]),
        (pa.array([STAMP], pa.timestamp("s")), FeatureType.FLOAT, [STAMP.replace(tzinfo=None)]),
        (pa.array([[1.5, 2], None]), FeatureType.VECTOR, [[1.5, 2.0], None]),
        (pa.array([None, None]), FeatureType.FLOAT, [None, None]),
    ],
    ids=str,
)
def test_a_column_is_read_as_what_a_caller_would_send(
    tmp_path: Path, column: pa.Array, kind: FeatureType, values: list[Any]
) -> None:
    read_values = taken(stored(tmp_path, {"a": column}), kind)
    assert read_values == values
    assert list(map(type, read_values)) == list(map(type, values))


def test_a_frame_of_pandas_is_read_without_an_index_that_has_no_name(tmp_path: Path) -> None:
    frame = pd.DataFrame({"size": [1, 2, 3], "kind": pd.Categorical(["a", None, "b"])}, index=[5, 6, 7])
    frame.to_parquet(tmp_path / "rows.parquet")
    (chunk,) = read(tmp_path / "rows.parquet")
    assert chunk.columns == {"size": [1, 2, 3], "kind": ["a", None, "b"]}
    assert list(chunk.lines) == [1, 2, 3]


def test_names_with_points_are_not_mistaken_for_parts_of_others(tmp_path: Path) -> None:
    path = stored(tmp_path, {"box": [{"width": 1}], "box.width": [2.0], "boxes": ["x"]})
    (chunk,) = read(path, "box.width", "box")
    assert chunk.columns == {"box.width": [2.0], "box": [{"width": 1}]}


def test_a_long_group_of_rows_comes_in_chunks_with_the_numbers_of_the_rows(tmp_path: Path) -> None:
    count = 2 * CHUNK_ROWS + 10
    path = stored(tmp_path, {"a": range(count)}, row_group_size=count)
    with table_format(path).read(path) as table:
        seen: list[int] = []
        done: list[float] = []
        for chunk in table.chunks(("a",)):
            assert chunk.count <= CHUNK_ROWS
            assert list(chunk.columns["a"]) == [line - 1 for line in chunk.lines]
            seen += chunk.lines
            done.append(table.done())
    assert seen == list(range(1, count + 1))
    assert done == sorted(done)
    assert done[-1] == 1.0


def test_rows_of_long_texts_come_in_smaller_chunks(tmp_path: Path) -> None:
    text = [f"{row:06}" * 2000 for row in range(3000)]
    path = stored(tmp_path, {"a": text, "b": range(3000)}, use_dictionary=False)
    chunks = read(path, "a")
    assert max(chunk.count for chunk in chunks) * len(text[0]) <= CHUNK_BYTES
    assert [value for chunk in chunks for value in chunk.columns["a"]] == text
    assert len(read(path, "b")) == 1


def test_without_columns_that_are_asked_for_the_rows_are_still_counted(tmp_path: Path) -> None:
    path = stored(tmp_path, {"a": range(5)})
    with table_format(path).read(path) as table:
        assert [chunk.count for chunk in table.chunks(())] == [5]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"a,b\n1,2\n", b"PAR1" + bytes(100) + b"PAR1"])
def test_a_file_that_is_no_parquet_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(content)
    with pytest.raises(TableError, match=r"rows\.parquet: it cannot be read as Parquet: .* Write it again"):
        read(path)


def test_a_file_that_is_cut_short_or_damaged_is_refused_by_name(tmp_path: Path) -> None:
    path = stored(tmp_path, {"a": np.arange(10_000.0)}, compression="none")
    content = path.read_bytes()
    path.write_bytes(content[:-100])
    with pytest.raises(TableError, match=r"rows\.parquet: it cannot be read as Parquet"):
        read(path)
    path.write_bytes(content[:4] + b"\xff" * 1000 + content[1004:])
    with pytest.raises(TableError, match=r"rows\.parquet: it cannot be read as Parquet.* It is damaged"):
        read(path)


def test_a_time_that_python_does_not_know_is_refused(tmp_path: Path) -> None:
    path = stored(tmp_path, {"a": pa.array([2**60], pa.timestamp("ms"))})
    with pytest.raises(TableError, match="it cannot be read as Parquet"):
        read(path)


def test_a_file_without_columns_is_refused(tmp_path: Path) -> None:
    pd.DataFrame(index=[1, 2]).to_parquet(tmp_path / "rows.parquet")
    with pytest.raises(TableError, match="it has no columns"):
        read(tmp_path / "rows.parquet")


def test_without_pyarrow_the_command_that_installs_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = stored(tmp_path, {"a": [1]})
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    said = r"rows\.parquet: pyarrow is needed for Parquet, and is not installed\. .*: pip install pyarrow\."
    with pytest.raises(TableError, match=said), table_format(path).read(path):
        pass
    with pytest.raises(TableError, match=said), table_format(path).write(path, []):
        pass


def written(tmp_path: Path, columns: list[NewColumn], *parts: list[list[Any]]) -> pa.Table:
    path = tmp_path / "out.parquet"
    with table_format(path).write(path, columns) as writer:
        for part in parts:
            writer.write(part)
    return pq.read_table(path)


def test_outputs_have_the_types_of_their_kinds_whatever_is_missing(tmp_path: Path) -> None:
    columns = [NewColumn(kind, kind) for kind in ScalarKind]
    table = written(tmp_path, columns, [[None]] * 4, [[1.5], [2], [True], ["x"]])
    assert table.schema.types == [pa.float64(), pa.int64(), pa.bool_(), pa.string()]
    assert table.to_pylist() == [
        dict.fromkeys(ScalarKind),
        {"float": 1.5, "integer": 2, "boolean": True, "string": "x"},
    ]


def test_a_file_without_rows_has_its_columns(tmp_path: Path) -> None:
    table = written(tmp_path, [NewColumn("a", ScalarKind.FLOAT), NewColumn("b", None)])
    assert table.schema.types == [pa.float64(), pa.string()]
    assert table.num_rows == 0


def test_columns_that_are_kept_stay_what_they_were(tmp_path: Path) -> None:
    source = pa.table(
        {
            "decimal": pa.array([Decimal("1.50"), None]),
            "stamp": pa.array([pd.Timestamp(1, unit="ns"), None], pa.timestamp("ns", "Europe/Zurich")),
            "kind": pa.array(["a", None]).dictionary_encode(),
            "list": [[1, 2], None],
            "record": [{"x": 1.5}, None],
            "bytes": [b"\xff", None],
            "small": pa.array([1, None], pa.int8()),
        }
    )
    path = stored(tmp_path, {name: source[name] for name in source.column_names})
    with table_format(path).read(path) as table:
        columns = [NewColumn(name, None, table.type_of(name)) for name in table.names]
        (chunk,) = table.chunks(table.names)
    values = [list(chunk.columns[name]) for name in source.column_names]
    copied = written(tmp_path, columns, values, [column[::-1] for column in values])
    assert copied.schema.types == source.schema.types
    assert copied.slice(0, 2).to_pylist() == source.to_pylist()
    assert copied.slice(2).to_pylist() == source.to_pylist()[::-1]


def test_a_column_without_a_declared_type_gets_that_of_its_first_rows(tmp_path: Path) -> None:
    columns = [NewColumn(name, None) for name in ("whole", "number", "truth", "mixed", "nothing")]
    rows: list[list[Any]] = [[1, None], [1, 2.5], [True, None], [1, "x"], [None, None]]
    table = written(tmp_path, columns, rows, [[2], [3], [False], [{"y": 1}], [5]])
    assert table.schema.types == [pa.int64(), pa.float64(), pa.bool_(), pa.string(), pa.string()]
    assert table["mixed"].to_pylist() == ["1", "x", '{"y":1}']
    assert table["nothing"].to_pylist() == [None, None, "5"]
    with pytest.raises(
        TableError, match=r"column 'a': it has the type int64 in the first rows, and another after row 1"
    ):
        written(tmp_path, [NewColumn("a", None)], [[1]], [["x"]])


def test_rows_are_gathered_into_groups_of_bounded_size(tmp_path: Path) -> None:
    written(tmp_path, [NewColumn("a", ScalarKind.INTEGER)], *([[*range(CHUNK_ROWS)]] for _ in range(20)))
    metadata = pq.ParquetFile(tmp_path / "out.parquet").metadata
    assert metadata.num_rows == 20 * CHUNK_ROWS
    assert [metadata.row_group(at).num_rows for at in range(metadata.num_row_groups)] == [2**17, 2**17, 2**16]
