"""What a document may ask for is bounded, in both lanes, and what honest clients send is far within the bounds."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from graphql import get_introspection_query, parse

from schema.plan.find import MOST_ERRORS
from schema.plan.limits import MOST_DEPTH, OperationLimits
from schema.plan.measure import TooExpensive, excess, parsed
from tests.schema.plan.lanes import ACCEPTS, answer, lanes_over

if TYPE_CHECKING:
    from tests.schema.plan.lanes import Lanes

USUAL = OperationLimits()
ROW = "{leftSide: 1, right: 1}"
SECONDS = 20
"""Within which any refusal is there: some hundred times as long as it takes, and far from a hanging server."""


@pytest.fixture(scope="module")
def strict(lanes: Lanes) -> Lanes:
    """Serve the models with stricter limits than the usual ones: these are reached sooner."""
    return lanes_over(lanes.service, OperationLimits(tokens=5_000, fields=500))


def asked(lanes: Lanes, query: str) -> tuple[str, Any]:
    """Return the lane and the answer, which is the same in both."""
    return answer(lanes, json.dumps({"query": query}).encode())


def refusal(lanes: Lanes, query: str) -> dict[str, Any]:
    """Return the one error of a document that is not executed."""
    began = time.monotonic()
    lane, answered = asked(lanes, query)
    assert time.monotonic() - began < SECONDS
    assert (lane, [*answered]) == ("reference", ["errors"])
    (error,) = answered["errors"]
    return error  # type: ignore[no-any-return]  # an error is an object


def chain(length: int) -> str:
    """Return a document with a chain of fragments, each with the next in it."""
    fragments = [f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(length)]
    return f"{{ ...F0 }} {' '.join(fragments)} fragment F{length} on Query {{ __typename }}"


def doubling(levels: int) -> str:
    """Return a short document with as many fields as 2 to the power of `levels`."""
    fragments = [
        f"fragment F{n} on Model {{ a: engine {{ ...F{n + 1} }} b: engine {{ ...F{n + 1} }} }}" for n in range(levels)
    ]
    return f"{{ models {{ ...F0 }} }} {' '.join(fragments)} fragment F{levels} on Model {{ name }}"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (f"{{ {'__typename ' * 5_000} }}", "more than 5000 tokens"),
        ("{ __typename " + "#\n" * 5_001 + "}", "more than 5000 tokens"),
        (f"{{ __typename {' ' * 100_000} }}", "The document has 100015 characters; at most 100000 are read."),
        (f"{{ flowerBatch(inputs: [{ROW * 1_000}]) {{ count }} }}", "Send rows in variables"),
        ("{ models " * 40 + "}" * 40, "Selections stand more than 30 deep in one another"),
        ("{ ... " * 40 + "{ __typename }" + "}" * 40, "Selections stand more than 30 deep in one another"),
        (chain(30), "Selections stand more than 30 deep in one another"),
        (chain(600), "Selections stand more than 30 deep in one another"),
        (doubling(10), "The document selects "),
        (f"{{ {'__typename ' * 501} }}", "The document selects 501 fields"),
        ("{ __typename } fragment F on Query { " + "__typename " * 500 + "}", "The document selects 501 fields"),
        (
            f"{{ {' '.join(f'f{n}: flower(input: {ROW}) {{ label }}' for n in range(101))} }}",
            "The operation has 101 fields at its root; at most 100 are accepted.",
        ),
    ],
    ids=lambda value: value[:40],
)
def test_a_document_that_asks_for_too_much_is_refused_by_both_lanes_with_what_to_do(
    strict: Lanes, query: str, said: str
) -> None:
    error = refusal(strict, query)
    assert error["extensions"]["code"] == "OPERATION_TOO_EXPENSIVE"
    assert said in error["message"]
    assert any(word in error["message"] for word in ("Send", "Ask"))


@pytest.mark.parametrize(
    "query",
    [
        "{" * 100_000,
        "{ a " * 20_000,
        "[" * 40_000,
        f"{{ flower(input: {'[' * 5_000}{']' * 5_000}) {{ label }} }}",
        f"{{ flower(input: {'{a:' * 5_000}1{'}' * 5_000}) {{ label }} }}",
        f"query($v: {'[' * 5_000}Int{']' * 5_000}) {{ __typename }}",
    ],
    ids=lambda value: value[:30],
)
def test_what_is_nested_without_end_is_a_syntax_error_and_no_fault_of_the_server(lanes: Lanes, query: str) -> None:
    assert refusal(lanes, query)["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"


@pytest.mark.parametrize(
    "query",
    [
        f"{{ flower(input: {'[' * 150}{']' * 150}) {{ label }} }}",
        f"{{ flower(input: {'{a:' * 150}1{'}' * 150}) {{ label }} }}",
        f"query($v: {'[' * 150}FlowerInput!{']' * 150}) {{ flower(input: $v) {{ label }} }}",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
        "{ ...A } fragment A on Query { ...A ...Nope }",
        "{ models { ...F } } fragment F on Model { __typename ...F engine { kind ...F } }",
    ],
    ids=lambda value: value[:30],
)
def test_what_is_nested_deep_or_in_a_circle_is_refused_by_validation(lanes: Lanes, query: str) -> None:
    lane, answered = asked(lanes, query)
    assert (lane, [*answered]) == ("reference", ["errors"])
    assert {error["extensions"]["code"] for error in answered["errors"]} == {"GRAPHQL_VALIDATION_FAILED"}


def test_mistakes_without_number_are_told_in_time(lanes: Lanes) -> None:
    members = " ".join(f"name{n}: 1" for n in range(2_000))
    began = time.monotonic()
    _, answered = asked(lanes, f"{{ flower(input: {{{members}}}) {{ label }} }}")
    assert time.monotonic() - began < SECONDS
    assert len(answered["errors"]) == MOST_ERRORS + 1
    assert "Too many validation errors" in answered["errors"][-1]["message"]


@pytest.mark.parametrize(("name", "code"), [("Q", "OPERATION_TOO_EXPENSIVE"), ("Other", "BAD_USER_INPUT")])
def test_a_refusal_stands_behind_the_question_which_operation_is_meant(strict: Lanes, name: str, code: str) -> None:
    query = "query Q { " + "__typename " * 501 + "}"
    _, answered = answer(strict, json.dumps({"query": query, "operationName": name}).encode())
    assert [error["extensions"]["code"] for error in answered["errors"]] == [code]


@pytest.mark.parametrize("accept", ACCEPTS)
def test_a_refusal_has_the_status_of_a_document_that_does_not_fit(strict: Lanes, accept: bytes) -> None:
    answered = answer(strict, json.dumps({"query": "{ " + "__typename " * 501 + "}"}).encode(), accept)
    assert answered[1]["errors"][0]["extensions"]["code"] == "OPERATION_TOO_EXPENSIVE"


@pytest.mark.parametrize(
    "query",
    [
        get_introspection_query(),
        get_introspection_query(
            input_value_deprecation=True, specified_by_url=True, directive_is_repeatable=True, schema_description=True
        ),
    ],
)
def test_the_query_for_the_schema_is_far_within_the_limits(lanes: Lanes, query: str) -> None:
    assert asked(lanes, query)[1]["data"]["__schema"]["queryType"]["name"] == "Query"
    half = OperationLimits(tokens=USUAL.tokens // 2, depth=20, fields=USUAL.fields // 2, root_fields=50)
    assert excess(parsed(query, half), half) is None


def test_a_hundred_predictions_with_their_fragments_are_let_in(lanes: Lanes) -> None:
    fields = " ".join(f"f{n}: flower(input: {ROW}) {{ ...F label }}" for n in range(100))
    query = f"{{ {fields} }} fragment F on FlowerPrediction {{ probability topClasses {{ label probability }} }}"
    lane, answered = asked(lanes, query)
    assert (lane, len(answered["data"])) == ("plan", 100)


def test_fields_of_one_response_key_are_one_at_the_root() -> None:
    limits = OperationLimits(root_fields=2)
    assert excess(parse("{ a a b ...F ... { a } } fragment F on Query { b ...F }"), limits) is None
    assert excess(parse("{ a a b ...F } fragment F on Query { c: a }"), limits) is not None


def test_a_thousand_rows_that_are_written_out_are_let_in(lanes: Lanes) -> None:
    lane, answered = asked(lanes, f"{{ flowerBatch(inputs: [{ROW * 1_000}]) {{ count }} }}")
    assert (lane, answered["data"]["flowerBatch"]["count"]) == ("plan", 1_000)


def test_the_fields_of_all_operations_are_measured_together() -> None:
    operations = [f"query Q{n} {{ a }}" for n in range(5)]
    assert excess(parse(" ".join(operations)), OperationLimits(fields=5)) is None
    assert excess(parse(" ".join(operations)), OperationLimits(fields=4)) is not None


def test_fragments_are_measured_where_they_are_spread() -> None:
    fragments = "fragment F on Query { a { b ...G } } fragment G on Query { c { d } }"
    query = f"{{ x {{ ...F }} ...F }} {fragments}"
    depth, fields = 6, 1 + 2 * (1 + 5)
    assert excess(parse(query), OperationLimits(depth=depth, fields=fields)) is None
    for less in (OperationLimits(depth=depth - 1), OperationLimits(fields=fields - 1)):
        assert isinstance(excess(parse(query), less), TooExpensive)


def test_the_deepest_document_that_any_setting_allows_is_answered(lanes: Lanes) -> None:
    deep = lanes_over(lanes.service, OperationLimits(depth=MOST_DEPTH))
    query = "{ ... " * (MOST_DEPTH - 2) + f"{{ flower(input: {ROW}) {{ label }} }}" + "}" * (MOST_DEPTH - 2)
    assert asked(deep, query)[1]["data"]["flower"]
