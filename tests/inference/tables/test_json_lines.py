"""JSON Lines read in chunks."""

from __future__ import annotations

from pathlib import Path

import pytest

from inference.errors import TableError
from inference.tables.known import table_format
from inference.tables.table import ABSENT, CHUNK_ROWS


def test_a_line_that_holds_no_object_is_broken_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1, "b": null}\n\n[1]\n{"a": NaN}\n{"b": "x"}')
    with table_format(path).read(path) as table:
        assert table.names == ("a", "b")
        (chunk,) = table.chunks(("a", "b"))
        assert table.done() == 1.0
    assert chunk.columns == {"a": [1, None, None, ABSENT], "b": [None, None, None, "x"]}
    assert list(chunk.lines) == [1, 3, 4, 5]
    assert chunk.broken[1] == "the line holds no JSON object, but list"
    assert chunk.broken[2].startswith("the line is no JSON: ")


def test_a_long_file_comes_in_chunks(tmp_path: Path) -> None:
    path, count = tmp_path / "rows.ndjson", CHUNK_ROWS + 200
    path.write_text("".join(f'{{"a": {row}}}\n' for row in range(count)))
    with table_format(path).read(path) as table:
        chunks = list(table.chunks(("a",)))
    assert [chunk.count for chunk in chunks] == [CHUNK_ROWS, 200]
    assert [value for chunk in chunks for value in chunk.columns["a"]] == list(range(count))
    assert [line for chunk in chunks for line in chunk.lines] == list(range(1, count + 1))


def test_a_line_without_end_is_refused_before_memory_runs_out(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b" " * 2**25)
    with pytest.raises(TableError, match="a line in it is longer than"), table_format(path).read(path):
        pass


def test_a_name_without_a_known_suffix_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"rows\.xlsx: .* Name it \.csv, \.tsv, \.jsonl"):
        table_format(tmp_path / "rows.xlsx")
