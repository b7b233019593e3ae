"""Rows that a document writes out with variables in them are planned, and mean what GraphQL means by them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.schema.plan.lanes import answer

if TYPE_CHECKING:
    from tests.schema.plan.lanes import Lanes

FLOWER = "query($x: Float!, $y: Float!) { flower(input: {leftSide: $x, right: $y}) { label probability } }"


def sent(query: str, variables: str) -> bytes:
    """Return a request whose variables stand as JSON writes them."""
    return f'{{"query": {json.dumps(query)}, "variables": {variables}}}'.encode()


def test_a_row_of_variables_is_answered_like_a_variable_that_is_a_row(lanes: Lanes) -> None:
    whole = "query($row: FlowerInput!) { flower(input: $row) { label probability } }"
    lane, answered = answer(lanes, sent(FLOWER, '{"x": 0.5, "y": -1}'))
    assert lane == "plan"
    assert answered == answer(lanes, sent(whole, '{"row": {"leftSide": 0.5, "right": -1}}'))[1]


def test_a_batch_is_put_together_of_rows_values_and_variables_of_both(lanes: Lanes) -> None:
    query = """query($row: FlowerInput!, $x: Float!) {
      flowerBatch(inputs: [$row, {leftSide: $x, right: 2}, {right: 1, leftSide: 1}]) { predictions { label } count }
      flower(input: $row) { label }
    }"""
    lane, answered = answer(lanes, sent(query, '{"row": {"leftSide": 1, "right": 1}, "x": 0.5}'))
    assert lane == "plan"
    first, _, last = answered["data"]["flowerBatch"]["predictions"]
    assert first == last == answered["data"]["flower"]


def test_requests_that_differ_in_their_values_alone_have_one_variant(lanes: Lanes) -> None:
    prepared = [lanes.schema.plans.prepared(sent(FLOWER, f'{{"x": {x}, "y": 1}}')) for x in range(3)]
    assert len({id(one.variant) for one in prepared if one}) == 1
    assert all(prepared)


def test_what_one_request_sends_is_never_seen_by_the_next(lanes: Lanes) -> None:
    query = "query($m: Int = 3, $s: Float! = 1) { market(input: {member: true, minutes: $m, spent: $s}) { value } }"
    alone = answer(lanes, sent(query, "{}"))
    for variables in ('{"m": 20, "s": 40}', "{}", '{"s": 30}'):
        lane, _ = answer(lanes, sent(query, variables))
        assert lane == "plan"
    assert answer(lanes, sent(query, "{}")) == alone


SHOP = "query(%s) { shop(input: {city: $city, member: $b, minutes: $m, spent: $s}) { value } }"
ALL = "$city: ShopCityInput!, $b: Boolean!, $m: Int, $s: Float"


@pytest.mark.parametrize(
    ("declared", "variables", "lane"),
    [
        (ALL, '{"city": "BONN", "b": true, "m": 3, "s": 1.5}', "plan"),
        (ALL, '{"city": "ULM", "b": false}', "plan"),
        (ALL, '{"city": "KIEL", "b": false, "s": 9007199254740991}', "plan"),
        (ALL, '{"city": "KIEL", "b": false, "m": null}', "plan"),
        (ALL, '{"city": "Bonn", "b": true}', "reference"),
        (ALL, '{"city": "BONN"}', "reference"),
        (ALL, '{"city": "BONN", "b": 1}', "reference"),
        (ALL, '{"city": "BONN", "b": true, "m": 3.0}', "reference"),
        (ALL, '{"city": "BONN", "b": true, "m": 3.5}', "reference"),
        (ALL, '{"city": "BONN", "b": true, "m": 2147483648}', "reference"),
        (ALL, '{"city": "BONN", "b": true, "s": 9007199254740993}', "reference"),
        (ALL, '{"city": "BONN", "b": true, "s": 1e400}', "reference"),
        (ALL, '{"city": "BONN", "b": true, "s": NaN}', "reference"),
        (ALL, '{"city": "BONN", "b": true, "s": "1"}', "reference"),
        (ALL, '{"city": "BONN", "b": true, "unknown": 1}', "reference"),
        (ALL, '{"city": "BONN", "city": "ULM", "b": true}', "plan"),
        (ALL.replace("Input!", "Input! = ULM"), '{"b": true}', "plan"),
        (ALL.replace("Boolean!", "Boolean = true"), '{"city": "BONN"}', "plan"),
        (ALL.replace("Boolean!", "Boolean = true"), '{"city": "BONN", "b": null}', "plan"),
        (ALL.replace("Input!", "Input = ULM"), '{"b": true}', "plan"),
        (ALL.replace("Input!", "Input = ULM"), '{"b": true, "city": null}', "reference"),
        (ALL.replace("Int,", "Int = 5,"), '{"city": "BONN", "b": true}', "plan"),
        (ALL.replace("Int,", "Int = null,"), '{"city": "BONN", "b": true}', "plan"),
        (ALL.replace("Input!", "Input"), '{"city": "BONN", "b": true}', "reference"),
    ],
)
def test_a_variable_is_what_its_declaration_makes_of_it(lanes: Lanes, declared: str, variables: str, lane: str) -> None:
    assert answer(lanes, sent(SHOP % declared, variables))[0] == lane


@pytest.mark.parametrize(
    ("text", "lane"), [('"good"', "plan"), ('"\\ud83d\\ude00"', "plan"), ('"\\ud800"', "reference"), ("1", "reference")]
)
def test_a_text_in_a_variable_is_what_json_takes_it_for(lanes: Lanes, text: str, lane: str) -> None:
    query = "query($t: String!) { opinion(input: {text: $t}) { label } }"
    assert answer(lanes, sent(query, f'{{"t": {text}}}'))[0] == lane


@pytest.mark.parametrize("variables", ['{"s": 3.5}', '{"s": null}', "{}"])
def test_a_member_that_may_be_missing_is_missing_where_its_variable_is(lanes: Lanes, variables: str) -> None:
    query = "query($s: Float) { gaps(input: {minutes: 3, spent: $s}) { value } }"
    assert answer(lanes, sent(query, variables))[0] == "plan"


@pytest.mark.parametrize(("variables", "lane"), [('{"y": 3}', "plan"), ("{}", "plan"), ('{"y": null}', "reference")])
def test_a_default_of_the_model_is_taken_where_the_variable_is_missing_and_not_where_it_is_null(
    lanes: Lanes, variables: str, lane: str
) -> None:
    query = "query($y: Float) { line(input: {leftSide: 0, right: $y}) { value } }"
    assert answer(lanes, sent(query, variables))[0] == lane


@pytest.mark.parametrize(
    ("query", "variables", "lane"),
    [
        ("query($v: [Float!]!) { digit(input: {features: $v}) { label } }", '{"v": [1, 2]}', "plan"),
        ("query($v: [Float!]!) { digit(input: {features: $v}) { label } }", '{"v": 1}', "reference"),
        ("query($v: [Float!]!) { digit(input: {features: $v}) { label } }", '{"v": [1, null]}', "reference"),
        ("query($x: Float!) { digit(input: {features: [0.5, $x]}) { label } }", '{"x": 2}', "plan"),
        ("query($x: Float = 2) { digit(input: {features: [0.5, $x]}) { label } }", "{}", "plan"),
        ("query($x: Float = 2) { digit(input: {features: [0.5, $x]}) { label } }", '{"x": null}', "reference"),
        ("query($x: Float) { spots(input: {features: [0.5, $x]}) { value } }", '{"x": 1}', "plan"),
        ("query($x: Float) { spots(input: {features: [0.5, $x]}) { value } }", '{"x": null}', "plan"),
        ("query($x: Float) { spots(input: {features: [0.5, $x]}) { value } }", "{}", "plan"),
        ("query($v: [Float]!) { spots(input: {features: $v}) { value } }", '{"v": [1, null]}', "plan"),
    ],
)
def test_vectors_are_variables_or_hold_some(lanes: Lanes, query: str, variables: str, lane: str) -> None:
    assert answer(lanes, sent(query, variables))[0] == lane


def test_one_row_that_is_written_where_a_list_is_wanted_is_a_list_of_one(lanes: Lanes) -> None:
    query = "query($x: Float!) { flowerBatch(inputs: {leftSide: $x, right: 0}) { count predictions { label } } }"
    lane, answered = answer(lanes, sent(query, '{"x": 1}'))
    assert (lane, answered["data"]["flowerBatch"]["count"]) == ("plan", 1)


@pytest.mark.parametrize(
    "query",
    [
        "query($k: Int!) { market(input: {minutes: $k}) { value } flower(input: ROW) { topClasses(k: $k) { label } } }",
        """query($k: Int!) { market(input: {minutes: $k}) { value } ...F }
        fragment F on Query { near(input: ROW) { neighbors(k: $k) { index } } }""",
    ],
)
def test_a_value_of_a_row_that_is_a_setting_too_is_left_to_the_reference_lane(lanes: Lanes, query: str) -> None:
    query = query.replace("ROW", "{leftSide: 1, right: 1}")
    assert answer(lanes, sent(query, '{"k": 2}'))[0] == "reference"


def test_a_row_with_a_default_is_left_to_the_reference_lane_where_it_stands_in_a_list(lanes: Lanes) -> None:
    query = """query($row: FlowerInput! = {leftSide: 1, right: 1}) { flowerBatch(inputs: [$row]) { count } }"""
    assert answer(lanes, sent(query, "{}"))[0] == "reference"


def test_a_row_of_variables_that_cannot_be_predicted_is_named(lanes: Lanes) -> None:
    lane, answered = answer(lanes, sent(FLOWER, '{"x": 1, "y": 9}'))
    (error,) = answered["errors"]
    assert (lane, error["extensions"]["errors"][0]["field"]) == ("plan", "right")


def test_the_front_ends_way_of_many_small_predictions_is_planned(lanes: Lanes) -> None:
    fields = [f"f{i}: flower(input: {{leftSide: $x{i}, right: 0.5}}) {{ label }}" for i in range(20)]
    declared = " ".join(f"$x{i}: Float!" for i in range(20))
    variables: dict[str, Any] = {f"x{i}": i / 7 for i in range(20)}
    lane, answered = answer(lanes, sent(f"query({declared}) {{ {' '.join(fields)} }}", json.dumps(variables)))
    assert lane == "plan"
    assert len(answered["data"]) == 20
