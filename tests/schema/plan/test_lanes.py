"""Both lanes give the same answer to whatever comes."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from graphql import GraphQLObjectType, get_named_type
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schema.plan.find import LONGEST
from tests.schema.plan.fuzz import compared
from tests.schema.plan.lanes import ACCEPTS, Lanes, answer
from tests.schema.plan.requests import CHANGING

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENTS, EACH = 8, 50
"""In one example: hypothesis itself is to cost little. And how many requests are made for each of them."""
CASES = 20_000
FLOWER = "query($input: FlowerInput!) { flower(input: $input) { label probability } }"
BATCH = "query($inputs: [FlowerInput!]!) { flowerBatch(inputs: $inputs) { predictions { label } count } }"


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Leave what models raise on rows of huge numbers out of the log."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.no_cover  # it would take twice as long, and all of it is covered by the tests below
@pytest.mark.filterwarnings("ignore")  # of NumPy, about overflows on such rows
def test_answers_to_generated_requests_are_equal_and_most_come_by_plans(lanes: Lanes) -> None:
    answered: Counter[str] = Counter()

    @settings(
        max_examples=CASES // DOCUMENTS // EACH,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(first=st.integers(0, 2**40))
    def compare(first: int) -> None:
        counted, differences = asyncio.run(compared(lanes, first, DOCUMENTS, EACH))
        answered.update(counted)
        assert differences == []

    compare()
    assert answered.total() >= CASES
    assert answered["plan"] > answered["reference"]


def rows(text: str, query: str = FLOWER, name: str = "input") -> bytes:
    """Return a request with a variable as JSON writes it."""
    return json.dumps({"query": query, "variables": {name: 0}}).replace("0}}", f"{text}}}}}").encode()


@pytest.mark.parametrize(
    ("number", "lane"),
    [
        ("1.5", "plan"),
        ("1", "plan"),
        ("-0.0", "plan"),
        ("-0", "plan"),
        ("1e2", "plan"),
        ("1e-400", "plan"),
        ("9007199254740991", "plan"),
        ("9007199254740992", "reference"),
        ("9007199254740993", "reference"),
        ("1e20", "reference"),
        ("100000000000000000000", "reference"),
        ("1e400", "reference"),
        ("NaN", "reference"),
        ("Infinity", "reference"),
        ("null", "reference"),
        ("true", "reference"),
        ('"1.5"', "reference"),
        ("[1.5]", "reference"),
        ("01", "reference"),
    ],
)
def test_a_number_is_what_graphql_takes_it_for(lanes: Lanes, number: str, lane: str) -> None:
    assert answer(lanes, rows(f'{{"leftSide": {number}, "right": 1}}'))[0] == lane


@pytest.mark.parametrize(
    ("minutes", "lane"),
    [("7", "plan"), ("7.0", "reference"), ("7.5", "reference"), ("2147483648", "reference"), ("null", "plan")],
)
def test_whole_numbers_with_a_point_are_left_to_the_reference_lane(lanes: Lanes, minutes: str, lane: str) -> None:
    query = "query($input: MarketInput!) { market(input: $input) { value } }"
    assert answer(lanes, rows(f'{{"minutes": {minutes}}}', query))[0] == lane


@pytest.mark.parametrize(
    ("text", "lane"),
    [
        ('"good"', "plan"),
        ('""', "plan"),
        ('"\\u00e4 \\ud83d\\ude00"', "plan"),
        ('"\\u0000"', "plan"),
        ('"\\ud800"', "reference"),
        ('"\\ude00\\ud83d"', "reference"),
        ('"\t"', "reference"),
        ("1", "reference"),
    ],
)
def test_a_text_is_what_json_takes_it_for(lanes: Lanes, text: str, lane: str) -> None:
    query = "query($input: OpinionInput!) { opinion(input: $input) { label } }"
    assert answer(lanes, rows(f'{{"text": {text}}}', query))[0] == lane


ROW = b'{"leftSide": 1, "right": 1}'


@pytest.mark.parametrize(
    ("body", "lane"),
    [
        (b'{"query": "FLOWER", "variables": {"input": ROW}}', "plan"),
        (b' {"variables": {"input": ROW}, "query": "FLOWER"}\n', "plan"),
        (b'{"query": "FLOWER", "variables": {"input": ROW}, "operationName": "", "extensions": {"a": [1]}}', "plan"),
        (b'{"query": "{", "query": "FLOWER", "variables": {"input": ROW}}', "plan"),
        (b'{"query": "FLOWER", "variables": {"input": ROW, "input": {"leftSide": 2, "right": 2}}}', "plan"),
        (b'{"query": "FLOWER", "variables": {"inp\\u0075t": 5, "input": ROW}}', "plan"),
        (b'{"query": "FLOWER", "variables": {"input": "\xff", "input": ROW}}', "reference"),
        (b'{"query": "FLOWER", "variables": {"inp\\u0075t": "\x01", "input": ROW}}', "reference"),
        (b'{"query": "FLOWER", "variables": {"input": "\\ud800"}, "variables": {"input": ROW}}', "reference"),
        (b'{"query": "FLOWER", "variables": {"input": ROW}} x', "reference"),
        (b'\xef\xbb\xbf{"query": "FLOWER", "variables": {"input": ROW}}', "reference"),
        (b'{"query": "FLOWER", "variables": {"input": ROW}, "other": 1}', "reference"),
        (b'{"query": "FLOWER", "variables": {"input": ROW, "unused": 1}}', "reference"),
        (b'[{"query": "FLOWER", "variables": {"input": ROW}}]', "plan"),
        (b'[{"query": "FLOWER", "variables": {"input": ROW}}, {"query": "{ nothing }"}]', "reference"),
    ],
)
def test_a_body_is_what_json_takes_it_for(lanes: Lanes, body: bytes, lane: str) -> None:
    assert answer(lanes, body.replace(b"FLOWER", FLOWER.encode()).replace(b"ROW", ROW))[0] == lane


def test_one_row_that_stands_where_a_list_is_wanted_is_a_list_of_one(lanes: Lanes) -> None:
    lane, answered = answer(lanes, rows('{"leftSide": 1, "right": 1}', BATCH, "inputs"))
    assert lane == "reference"
    assert answered["data"]["flowerBatch"]["count"] == 1


def test_a_row_that_cannot_be_predicted_is_null_and_named(lanes: Lanes) -> None:
    query = BATCH.replace("count", "count errors { index field code message }")
    lane, answered = answer(lanes, rows('[{"leftSide":1,"right":1},{"leftSide":1,"right":9}]', query, "inputs"))
    assert lane == "plan"
    assert [row is None for row in answered["data"]["flowerBatch"]["predictions"]] == [False, True]
    (error,) = answered["data"]["flowerBatch"]["errors"]
    assert (error["index"], error["field"], error["code"]) == (1, "right", "OUT_OF_RANGE")


@pytest.mark.parametrize("accept", ACCEPTS)
def test_an_error_in_one_field_leaves_the_others_be(lanes: Lanes, accept: bytes) -> None:
    query = """query($input: FlowerInput!) {
      a: flower(input: $input, version: "9") { label } b: flower(input: $input) { label }
    }"""
    lane, answered = answer(lanes, rows('{"leftSide":1,"right":1}', query), accept)
    assert lane == "plan"
    assert (answered["data"]["a"], answered["data"]["b"] is None) == (None, False)
    assert answered["errors"][0]["extensions"]["code"] == "MODEL_NOT_FOUND"
    assert answered["errors"][0]["path"] == ["a"]


def test_metadata_stands_beside_predictions_in_the_order_of_the_document(lanes: Lanes) -> None:
    query = """query($input: FlowerInput!, $name: String!) {
      server { name } flower(input: $input) { label } model(name: $name) { name ...on Model { versions } }
      batch: flowerBatch(inputs: []) { model { name version } predictions { label } } __typename
    }"""
    body = json.dumps({"query": query, "variables": {"input": {"leftSide": 1, "right": 1}, "name": "line"}})
    lane, answered = answer(lanes, body.encode())
    assert lane == "plan"
    assert [*answered["data"]] == ["server", "flower", "model", "batch", "__typename"]
    assert answered["data"]["model"] == {"name": "line", "versions": ["1"]}
    assert answered["data"]["batch"] == {"model": {"name": "flower", "version": "2"}, "predictions": []}


def test_an_error_of_metadata_is_left_to_the_reference_lane(lanes: Lanes) -> None:
    query = 'query($name: String = "line") { digit(input: {features: [1, 2]}) { label } model(name: $name) { name } }'
    assert answer(lanes, json.dumps({"query": query}).encode())[0] == "plan"
    lane, answered = answer(lanes, json.dumps({"query": query, "variables": {"name": None}}).encode())
    assert lane == "reference"
    assert answered["errors"][0]["path"] == ["model"]


def test_rows_that_are_written_out_are_planned(lanes: Lanes) -> None:
    query = """{
      a: flower(input: {leftSide: 1, right: -0.5}) { label } b: flowerBatch(inputs: {right: 2, leftSide: 3}) { count }
    }"""
    lane, answered = answer(lanes, json.dumps({"query": query}).encode())
    assert (lane, answered["data"]["b"]) == ("plan", {"count": 1})


@pytest.mark.parametrize("k", [1, 2, 7, -1])
def test_arguments_by_variables_are_those_of_this_request(lanes: Lanes, k: int) -> None:
    query = """query($input: FlowerInput!, $k: Int!, $deep: Boolean!) {
      flower(input: $input) { topClasses(k: $k) { label @include(if: $deep) probability @skip(if: $deep) } }
    }"""
    for deep in (True, False, True):
        variables = {"input": {"leftSide": 1, "right": 1}, "k": k, "deep": deep}
        lane, answered = answer(lanes, json.dumps({"query": query, "variables": variables}).encode())
        assert lane == "plan"
        if k > 0:
            classes = answered["data"]["flower"]["topClasses"]
            assert [[*one] for one in classes] == [["label" if deep else "probability"]] * min(k, 3)
        else:
            assert answered["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def _everything(kind: GraphQLObjectType) -> str:
    """Return the selection of all fields of a type, and of all theirs, but for those that are never the same."""
    fields = []
    for name, field in kind.fields.items():
        below = get_named_type(field.type)
        selection = f" {_everything(below)}" if isinstance(below, GraphQLObjectType) else ""
        fields += [] if name in CHANGING else [f"{name}{selection}"]
    return f"{{ {' '.join(fields)} __typename }}"


def test_all_that_a_model_can_answer_comes_by_plans_with_warnings_and_without(lanes: Lanes) -> None:
    assert lanes.schema.core.query_type
    fields = lanes.schema.core.query_type.fields
    assert len(lanes.schema.examples) > 10
    for example in lanes.schema.examples:
        field = example.query.split("{", 1)[1].split("(")[0].strip()
        row = example.variables["input"]
        unusual = {name: value * 1000 if type(value) is float else value for name, value in row.items()}
        for name, argument, value in (
            (field, "input", row),
            (field, "input", unusual),
            (f"{field}Batch", "inputs", [row, unusual, row]),
        ):
            wanted = _everything(get_named_type(fields[name].type))
            query = f"query($v: {fields[name].args[argument].type}) {{ it: {name}({argument}: $v) {wanted} }}"
            lane, answered = answer(lanes, json.dumps({"query": query, "variables": {"v": value}}).encode())
            assert (name, lane) == (name, "plan")
            assert answered["data"]["it"] is not None or value is unusual


def test_a_document_that_is_not_remembered_is_left_to_the_reference_lane(lanes: Lanes) -> None:
    assert answer(lanes, rows(ROW.decode(), FLOWER.ljust(LONGEST)))[0] == "plan"
    assert answer(lanes, rows(ROW.decode(), FLOWER.ljust(LONGEST + 1)))[0] == "reference"


def test_an_operation_without_a_prediction_is_left_to_the_reference_lane(lanes: Lanes) -> None:
    assert answer(lanes, b'{"query": "{ models { name } }"}')[0] == "reference"
