"""Templates write columns as a JSON encoder would have written the rows."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from inference.outputs.output import Categorical, Categories
from schema.plan.write import (
    Encode,
    Gap,
    NotExact,
    Source,
    Template,
    integers,
    known_values,
    lists_of,
    lists_of_records,
    number_lists,
    number_records,
    numbers,
    strings,
)

FLOATS = [0.1, -0.0, 1e300, 5e-324, 3.0]


def decoded(text: bytes) -> Any:
    return json.loads(b"[" + text + b"]")


def json_of(value: object) -> bytes:
    return json.dumps(value).encode()


def encoded(encode: Any, column: Any) -> list[Any]:
    return [decoded(piece) for piece in encode(column)[0]]


def test_a_column_of_numbers_is_written_as_each_alone_would_be() -> None:
    assert numbers(FLOATS) == [[json.dumps(value).encode() for value in FLOATS]]
    assert numbers([True, False]) == [[b"true", b"false"]]


@pytest.mark.parametrize("column", [[2**31], [0, -(2**31) - 1]])
def test_an_integer_of_more_than_32_bits_is_left_to_the_reference_lane(column: list[int]) -> None:
    assert integers([2**31 - 1, -(2**31)]) == [[b"2147483647", b"-2147483648"]]
    with pytest.raises(NotExact):
        integers(column)


def test_strings_are_escaped_and_null_may_stand_between_them() -> None:
    assert encoded(strings(), ['a "b"\n', None, "ä,]"]) == [['a "b"\n'], [None], ["ä,]"]]


@pytest.mark.parametrize("column", [[[1.0, 2.5], [], [3.0]], [[]], [[1.0]], [[], []]])
def test_lists_of_numbers_may_have_any_length(column: list[list[float]]) -> None:
    assert encoded(number_lists, column) == column


@pytest.mark.parametrize("column", [[["a", "b"], [], ["c,"]], [[]], [["a"]]])
def test_lists_of_strings_may_have_any_length(column: list[list[str]]) -> None:
    assert encoded(lists_of(strings()), column) == column


def test_a_record_of_numbers_is_cut_into_its_members() -> None:
    assert number_records(2)([[1.0, 2.0], [3.0, -0.5]]) == [[b"1.0", b"3.0"], [b"2.0", b"-0.5"]]


def test_records_of_another_width_are_left_to_the_reference_lane() -> None:
    with pytest.raises(NotExact):
        number_records(2)([[1.0], [2.0]])


def test_a_value_that_is_not_known_is_written_when_it_comes() -> None:
    encode = known_values({"a": b'"A"'}, lambda value: json.dumps(value.upper()).encode())
    assert encoded(encode, ["a", "b", "a"]) == [["A"], ["B"], ["A"]]


@pytest.mark.parametrize("encode", [strings(), known_values({"a": b'"a"'}, json_of)])
def test_a_column_of_categories_is_written_as_its_values_are(encode: Encode) -> None:
    kinds = Categories(["a", 'b"', "ü"]), Categories(["ü", "a"])
    first, second = (
        Categorical(np.array(codes), kind) for codes, kind in zip(([2, 0, 1, 0], [1, 0]), kinds, strict=True)
    )
    for _ in range(2):
        assert encoded(encode, first) == [["ü"], ["a"], ['b"'], ["a"]]
        assert encoded(encode, second[1:]) == [["ü"]]


def test_lists_of_objects_may_have_any_length() -> None:
    template = Template([b'{"n":', Gap(Source((1,), numbers)), b"}"])
    encode = lists_of_records(template)
    assert encoded(encode, [[("x", 1.0), ("y", 2.0)], [], [("z", 3.0)]]) == [[{"n": 1.0}, {"n": 2.0}], [], [{"n": 3.0}]]
    assert encoded(encode, [[], []]) == [[], []]


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_a_template_writes_all_rows_or_each(count: int) -> None:
    columns: dict[Any, Any] = {
        "v": [float(row) for row in range(count)],
        "s": [[str(row), "?"] for row in range(count)],
    }
    value, text = Source(("v",), numbers), Source(("s", 0), strings())
    template = Template([b'{"a":', Gap(value), b',"b":', Gap(text), b',"c":', Gap(value), b',"d":1}'])
    expected = [{"a": float(row), "b": str(row), "c": float(row), "d": 1} for row in range(count)]
    assert decoded(template.joined(columns, count)) == expected
    assert [json.loads(row) for row in template.rows(columns, count)] == expected


def test_a_template_without_gaps_is_written_once_for_each_row() -> None:
    template = Template([b'{"a":', b"1}"])
    assert template.joined({}, 3) == b'{"a":1},{"a":1},{"a":1}'
    assert template.rows({}, 2) == [b'{"a":1}', b'{"a":1}']


def test_a_template_may_begin_and_end_with_a_gap() -> None:
    template = Template([Gap(Source(("v",), numbers)), b":", Gap(Source(("v",), numbers))])
    assert template.joined({"v": [1, 2]}, 2) == b"1:1,2:2"


def test_a_column_of_another_length_is_left_to_the_reference_lane() -> None:
    template = Template([b"[", Gap(Source(("v",), numbers)), b"]"])
    with pytest.raises(NotExact):
        template.joined({"v": [1, 2, 3]}, 2)
