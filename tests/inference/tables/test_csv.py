"""CSV read in chunks: lines are counted as an editor counts them, and a row that is none is only its own problem."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.errors import TableError
from inference.outputs.output import ScalarKind
from inference.tables.csv_writer import CsvWriter
from inference.tables.known import table_format
from inference.tables.table import CHUNK_ROWS, Chunk, NewColumn


def read(path: Path, *names: str) -> list[Chunk]:
    with table_format(path).read(path) as table:
        return list(table.chunks(names or table.names))


def written(tmp_path: Path, text: str | bytes, name: str = "rows.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_rows_keep_the_number_of_the_line_that_they_begin_on(tmp_path: Path) -> None:
    (chunk,) = read(written(tmp_path, 'a,b\r\n1,2\r\n\r\n"3\n3",4\r\n5,"6\r\n"\n7,8'))
    assert chunk.columns == {"a": ("1", "3\n3", "5", "7"), "b": ("2", "4", "6\r\n", "8")}
    assert list(chunk.lines) == [2, 4, 6, 8]
    assert chunk.broken == {}


def test_a_row_of_another_width_is_broken_and_the_others_are_read(tmp_path: Path) -> None:
    (chunk,) = read(written(tmp_path, "a,b\n1,2\n3\n4,5,6\n7,8\n"))
    assert chunk.columns["a"] == ("1", None, None, "7")
    assert list(chunk.lines) == [2, 3, 4, 5]
    assert chunk.broken == {1: "the row has 1 cells, and the header 2", 2: "the row has 3 cells, and the header 2"}


def test_a_row_that_is_no_utf8_is_broken_and_the_others_are_read(tmp_path: Path) -> None:
    content = b"a,b\n1,2\n" + '"Z\nürich",2\n'.encode("latin-1") + "Zürich,3\n".encode()
    (chunk,) = read(written(tmp_path, content))
    assert chunk.columns["a"] == ("1", None, "Zürich")
    assert list(chunk.lines) == [2, 3, 5]
    assert chunk.broken == {1: "the row is not written in UTF-8"}


def test_a_long_file_comes_in_chunks_of_bounded_size(tmp_path: Path) -> None:
    count = 3 * CHUNK_ROWS
    path = written(tmp_path, "a\n" + "".join(f"{row}\n" for row in range(count)))
    chunks = read(path)
    assert max(chunk.count for chunk in chunks) <= CHUNK_ROWS
    assert [cell for chunk in chunks for cell in chunk.columns["a"]] == [str(row) for row in range(count)]
    assert [line for chunk in chunks for line in chunk.lines] == list(range(2, count + 2))


def test_rows_of_long_texts_come_in_smaller_chunks(tmp_path: Path) -> None:
    path = written(tmp_path, "a\n" + f"{'x' * 10_000}\n" * 6_000)
    chunks = read(path)
    assert sum(chunk.count for chunk in chunks) == 6_000
    assert max(chunk.count for chunk in chunks) < 3_000


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "it is empty"),
        (b"\n\n", "it is empty"),
        (b"a;b\n1;2\n", "its columns are not separated by commas"),
        ("größe\n1\n".encode("utf-16"), "it is not written in UTF-8"),
        ("größe\n1\n".encode("latin-1"), "it is not written in UTF-8"),
        (b'a\n"' + b"x\n" * 2**24, "it cannot be read near line"),
    ],
)
def test_a_file_that_is_no_csv_is_refused_by_name(tmp_path: Path, text: bytes, why: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(TableError, match=r"rows\.csv: ") as caught:
        read(path)
    assert why in str(caught.value)


def test_tabs_separate_the_columns_of_a_tsv_and_a_mark_at_the_start_is_none_of_a_name(tmp_path: Path) -> None:
    (chunk,) = read(written(tmp_path, b"\xef\xbb\xbfa\tb,c\n1\t2\n", "rows.tsv"))
    assert chunk.columns == {"a": ("1",), "b,c": ("2",)}


@given(
    texts=st.lists(st.tuples(st.text(), st.none() | st.text()), min_size=1),
    numbers=st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False)),
)
def test_what_is_written_is_what_pythons_own_reader_reads(
    texts: list[tuple[str, str | None]], numbers: list[float | None]
) -> None:
    cells = [(*row, number) for row, number in zip(texts, numbers, strict=False)]
    kinds = (ScalarKind.STRING, None, ScalarKind.FLOAT)
    file = io.StringIO(newline="")
    writer = CsvWriter(file, [NewColumn(name, kind) for name, kind in zip('a"c', kinds, strict=True)], ",")
    writer.write(list(zip(*cells, strict=True)) or [(), (), ()])
    file.seek(0)
    header, *rows = csv.reader(file)
    assert header == list('a"c')
    read_back = [(first, second or None, float(third) if third else None) for first, second, third in rows]
    assert read_back == [(first, second or None, number) for first, second, number in cells]


def test_a_missing_value_in_an_only_column_is_still_a_row() -> None:
    file = io.StringIO()
    CsvWriter(file, [NewColumn("value", ScalarKind.FLOAT)], ",").write([[1.5, None]])
    assert file.getvalue() == 'value\n1.5\n""\n'
