"""Inputs that a model cannot take, and models that cannot answer: what a client is told."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import GraphQL

FLOWER = {"sepalLengthCm": 5.1, "sepalWidthCm": 3.5, "petalLengthCm": 1.4, "petalWidthCm": 0.2}
IRIS = "query($input: IrisInput!) { iris(input: $input) { label } }"
PENGUIN = "query($input: PenguinsInput!) { penguins(input: $input) { label } }"
DIGIT = "query($input: DigitsInput!) { digits(input: $input) { label } }"
FRAGILE = "query($input: FragileInput!) { fragile(input: $input) { value } }"
MANY = """query($inputs: [FragileInput!]!, $onError: OnError! = PARTIAL) {
  fragileBatch(inputs: $inputs, onError: $onError) {
    predictions { value } errors { index field code message } count
  }
}"""


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in FLOWER.items() if key != name}


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("{ tulip(input: {}) { label } }", "tulip"),
        ("{ iris(inptu: {}) { label } }", "inptu"),
        ("{ iris(input: {sepalLengthCm: 1}) { label } }", "sepalWidthCm"),
        ("{ models { nmae } }", "nmae"),
        ("{ models(task: DIVINATION) { name } }", "DIVINATION"),
        ("{ penguins(input: {island: ATLANTIS, year: 2008}) { label } }", "ATLANTIS"),
        ('{ penguins(input: {island: "Biscoe", year: 2008}) { label } }', "PenguinsIslandInput"),
        ("{ penguins(input: {island: BISCOE, year: 2008.5}) { label } }", "2008.5"),
        ("{ penguins(input: {island: null, year: 2008}) { label } }", "PenguinsIslandInput"),
        ("{ iris { label } }", "input"),
        ("mutation { train }", "mutation"),
    ],
)
def test_a_document_that_does_not_fit_the_schema_is_told_where(demo: GraphQL, query: str, named: str) -> None:
    errors = demo.errors(query)
    assert {error["extensions"]["code"] for error in errors} == {"GRAPHQL_VALIDATION_FAILED"}
    assert any(named in error["message"] for error in errors)
    assert all(error["locations"] for error in errors)


def test_a_document_that_is_no_graphql_is_told_where(demo: GraphQL) -> None:
    (error,) = demo.errors("{ iris(")
    assert error["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"
    assert error["locations"] == [{"line": 1, "column": 8}]


@pytest.mark.parametrize(
    ("query", "variables", "named"),
    [
        (IRIS, {"input": _without("petalWidthCm")}, "petalWidthCm"),
        (IRIS, {"input": FLOWER | {"colour": "blue"}}, "colour"),
        (IRIS, {"input": FLOWER | {"petalWidthCm": "0.2"}}, "petalWidthCm"),
        (IRIS, {"input": FLOWER | {"petalWidthCm": True}}, "petalWidthCm"),
        (IRIS, {"input": FLOWER | {"petalWidthCm": [0.2]}}, "petalWidthCm"),
        (IRIS, {"input": FLOWER | {"petalWidthCm": None}}, "petalWidthCm"),
        (IRIS, {"input": FLOWER | {"petalWidthCm": "NaN"}}, "petalWidthCm"),
        (IRIS, {"input": None}, "input"),
        (IRIS, {"input": [FLOWER, FLOWER]}, "input"),
        (IRIS, {}, "input"),
        (PENGUIN, {"input": {"island": "ATLANTIS", "year": 2008}}, "ATLANTIS"),
        (PENGUIN, {"input": {"island": "Biscoe", "year": 2008}}, "BISCOE"),
        (PENGUIN, {"input": {"island": 1, "year": 2008}}, "island"),
        (PENGUIN, {"input": {"island": None, "year": 2008}}, "island"),
        (PENGUIN, {"input": {"island": "BISCOE", "year": 2008.5}}, "year"),
        (PENGUIN, {"input": {"island": "BISCOE", "year": 2**31}}, "year"),
        (PENGUIN, {"input": {"island": "BISCOE", "year": 10**30}}, "year"),
        (DIGIT, {"input": {"pixels": [0] * 63 + ["0"]}}, "pixels"),
        (DIGIT, {"input": {"pixels": [0] * 63 + [None]}}, "pixels"),
        (DIGIT, {"input": {"pixels": {"0": 0}}}, "pixels"),
    ],
)
def test_variables_of_the_wrong_shape_or_type_are_refused_by_name(
    demo: GraphQL, query: str, variables: dict[str, Any], named: str
) -> None:
    (error,) = demo.errors(query, **variables)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert named in error["message"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e999"])
def test_numbers_that_json_cannot_hold_are_refused(demo: GraphQL, number: str) -> None:
    body = json.dumps({"query": IRIS, "variables": {"input": FLOWER | {"petalWidthCm": "?"}}}).replace('"?"', number)
    response = demo.send(body.encode())
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "JSON" in error["message"]


@pytest.mark.parametrize("number", ["1e400", "-1e999"])
def test_a_number_in_a_document_that_is_too_large_for_a_float_is_refused(demo: GraphQL, number: str) -> None:
    flower = ", ".join(f"{name}: {value}" for name, value in _without("petalWidthCm").items())
    (error,) = demo.errors(f"{{ iris(input: {{{flower}, petalWidthCm: {number}}}) {{ label }} }}")
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "petal width (cm)" in error["message"]


@pytest.mark.parametrize(
    ("query", "variables", "code", "named"),
    [
        ("{ digits(input: {pixels: [1, 2]}) { label } }", {}, "WRONG_LENGTH", "64"),
        ("{ digits(input: {pixels: []}) { label } }", {}, "WRONG_LENGTH", "64"),
        (DIGIT, {"input": {"pixels": [0] * 63 + [17]}}, "OUT_OF_RANGE", "16"),
        (DIGIT, {"input": {"pixels": [-0.5] + [0] * 63}}, "OUT_OF_RANGE", "0"),
        ("{ diabetes(input: {sex: 3}) { value } }", {}, "OUT_OF_RANGE", "sex"),
        (IRIS.replace("input: $input", 'input: $input, version: "3"'), {"input": FLOWER}, "MODEL_NOT_FOUND", "'3'"),
        (IRIS.replace("label", "topClasses(k: 0) { label }"), {"input": FLOWER}, "BAD_USER_INPUT", "k is 0"),
    ],
)
def test_what_no_type_can_say_is_refused_with_a_code_of_its_own(
    demo: GraphQL, query: str, variables: dict[str, Any], code: str, named: str
) -> None:
    (error,) = demo.errors(query, **variables)
    assert error["extensions"]["code"] == code
    assert named in error["message"]
    assert len(error["path"]) == 1


def test_one_bad_row_is_named_and_leaves_the_others_their_answers(awkward: GraphQL) -> None:
    rows = [{"x": 2}, {"x": 1001}, {"x": 4}, {"x": 13}, {"x": 0}, {"x": -1}, {"x": 5}]
    batch = awkward.data(MANY, inputs=rows)["fragileBatch"]
    values = [row and row["value"] for row in batch["predictions"]]
    assert values == [0.5, None, 0.25, None, None, None, 0.2]
    assert [(error["index"], error["field"], error["code"]) for error in batch["errors"]] == [
        (1, "x", "OUT_OF_RANGE"),
        (3, None, "PREDICTION_FAILED"),
        (4, None, "NON_FINITE_OUTPUT"),
        (5, None, "NON_FINITE_OUTPUT"),
    ]
    assert batch["count"] == 7


def test_one_bad_row_fails_the_batch_where_the_client_wants_all_or_nothing(awkward: GraphQL) -> None:
    rows = [{"x": 2}, {"x": 1001}, {"x": 13}]
    response = awkward.post(MANY, inputs=rows, onError="FAIL")
    assert response.status_code == 200
    answer = response.json()
    assert answer["data"] == {"fragileBatch": None}
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "OUT_OF_RANGE"
    assert [(row["index"], row["field"], row["code"]) for row in error["extensions"]["errors"]] == [
        (1, "x", "OUT_OF_RANGE"),
        (2, None, "PREDICTION_FAILED"),
    ]
    assert awkward.data(MANY, inputs=rows[:1], onError="FAIL")["fragileBatch"]["predictions"] == [{"value": 0.5}]


def test_a_batch_in_which_every_row_is_bad_is_answered_with_every_reason(awkward: GraphQL) -> None:
    batch = awkward.data(MANY, inputs=[{"x": 13}, {"x": 5000}])["fragileBatch"]
    assert batch["predictions"] == [None, None]
    assert [error["code"] for error in batch["errors"]] == ["PREDICTION_FAILED", "OUT_OF_RANGE"]


def test_an_empty_batch_has_an_empty_answer(demo: GraphQL) -> None:
    batch = demo.data("{ irisBatch(inputs: []) { predictions { label probability } errors { index } count } }")
    assert batch == {"irisBatch": {"predictions": [], "errors": [], "count": 0}}


def test_what_a_model_raises_stands_in_the_log_and_is_no_business_of_the_client(
    awkward: GraphQL, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        response = awkward.post(FRAGILE, input={"x": 13})
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "PREDICTION_FAILED"
    assert "log" in error["message"]
    assert "swordfish" not in response.text
    assert "ValueError" not in response.text
    assert "the password is swordfish" in caplog.text
    assert "fragile" in caplog.text


def test_an_answer_that_is_no_finite_number_is_an_error_of_its_own(awkward: GraphQL) -> None:
    assert awkward.codes(FRAGILE, input={"x": 0}) == ["NON_FINITE_OUTPUT"]
    assert awkward.codes(FRAGILE, input={"x": -1}) == ["NON_FINITE_OUTPUT"]
    assert awkward.data(FRAGILE, input={"x": 8}) == {"fragile": {"value": 0.125}}


def test_more_rows_than_the_card_allows_are_refused_before_any_is_predicted(awkward: GraphQL) -> None:
    (error,) = awkward.errors(MANY, inputs=[{"x": 1}] * 21)
    assert error["extensions"]["code"] == "BATCH_TOO_LARGE"
    assert "21 rows" in error["message"]
    assert "20" in error["message"]
    assert awkward.data(MANY, inputs=[{"x": 1}] * 20)["fragileBatch"]["count"] == 20


def test_a_call_that_takes_longer_than_the_card_allows_is_given_up(awkward: GraphQL) -> None:
    query = "query($input: HurriedInput!) { hurried(input: $input) { value } }"
    (error,) = awkward.errors(query, input={"x": 100})
    assert error["extensions"]["code"] == "DEADLINE_EXCEEDED"
    assert "200 ms" in error["message"]


def test_a_city_never_seen_is_answered_with_a_warning_where_the_model_takes_any(awkward: GraphQL) -> None:
    query = "query($input: ShopInput!) { shop(input: $input) { label warnings { field code message } } }"
    (warning,) = awkward.data(query, input={"city": "Rom", "minutes": 19})["shop"]["warnings"]
    assert (warning["field"], warning["code"]) == ("city", "UNSEEN_CATEGORY")
    assert "Rom" in warning["message"]
    assert awkward.data(query, input={"city": "Ulm", "minutes": 19}) == {"shop": {"label": True, "warnings": []}}
    (warning,) = awkward.data(query, input={"city": None, "minutes": 19})["shop"]["warnings"]
    assert (warning["field"], warning["code"]) == ("city", "NEVER_MISSING")
    assert awkward.codes(query, input={"city": "Ulm", "minutes": None}) == ["BAD_USER_INPUT"]


def test_a_value_outside_the_training_range_is_answered_with_a_warning(demo: GraphQL) -> None:
    query = IRIS.replace("label", "warnings { field code message }")
    (warning,) = demo.data(query, input=FLOWER | {"petalWidthCm": 25})["iris"]["warnings"]
    assert (warning["field"], warning["code"]) == ("petalWidthCm", "OUTSIDE_TRAINING_RANGE")
    assert "25" in warning["message"]
