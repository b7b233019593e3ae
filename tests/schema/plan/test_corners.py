"""The corners of JSON and of Python's numbers and texts: each means the same in both lanes, and what GraphQL says.

`echo` answers with the very numbers that it was sent.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.schema.plan.lanes import Answer, ask

if TYPE_CHECKING:
    from tests.schema.plan.lanes import Lanes

WHOLE = "query($v: EchoInput!) { echo(input: $v) { transformed { leftSide } } }"
MIXED = "query($v: Float!) { echo(input: {leftSide: $v, right: 0}) { transformed { leftSide } } }"
FORMS = ["whole", "mixed", "literal"]
"""How a value is sent: in a variable that is a row, in one that is a value of a row, in the document."""

OPINION = {"whole": "query($v: OpinionInput!) { opinion(input: $v) { label } }"}
OPINION |= {"mixed": "query($v: String!) { opinion(input: {text: $v}) { label } }"}
MARKET = {"whole": "query($v: MarketInput!) { market(input: $v) { value } }"}
MARKET |= {"mixed": "query($v: Int) { market(input: {minutes: $v}) { value } }"}


def both(lanes: Lanes, body: bytes) -> Answer:
    """Return the answer that both lanes agree on."""

    async def answers() -> tuple[Answer, Answer]:
        return await ask(lanes.both, body), await ask(lanes.reference, body)

    ours, theirs = asyncio.run(answers())
    assert (ours.status, ours.body) == (theirs.status, theirs.body)
    return ours


def request(query: str, value: str) -> bytes:
    """Return a request with a variable as JSON writes it."""
    return f'{{"query": {json.dumps(query)}, "variables": {{"v": {value}}}}}'.encode()


def echoed(lanes: Lanes, form: str, number: str) -> Answer:
    """Send a number."""
    if form == "literal":
        query = MIXED.replace("query($v: Float!) ", "").replace("$v", number)
        return both(lanes, json.dumps({"query": query}).encode())
    row = f'{{"leftSide": {number}, "right": 0}}'
    return both(lanes, request(WHOLE, row) if form == "whole" else request(MIXED, number))


def text(number: str) -> bytes:
    """Return the answer that has a number in it."""
    return f'{{"data":{{"echo":{{"transformed":{{"leftSide":{number}}}}}}}}}'.encode()


def errors(answer: Answer) -> list[dict[str, Any]]:
    """Return the errors of an answer without data."""
    answered = json.loads(answer.body)
    assert not any((answered.get("data") or {}).values())
    return list(answered["errors"])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("number", ["-0.0", "-0e5", "-1e-400"])
def test_minus_zero_keeps_its_sign(lanes: Lanes, form: str, number: str) -> None:
    answer = echoed(lanes, form, number)
    assert (answer.lane, answer.body) == ("plan", text("-0.0"))


@pytest.mark.parametrize("form", FORMS)
def test_minus_zero_without_a_point_is_the_whole_number_0(lanes: Lanes, form: str) -> None:
    answer = echoed(lanes, form, "-0")
    assert answer.body == text("-0.0" if form == "literal" else "0.0")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("number", ["1e400", "-1e400"])
def test_a_number_beyond_all_floats_is_refused(lanes: Lanes, form: str, number: str) -> None:
    answer = echoed(lanes, form, number)
    (error,) = errors(answer)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("form", FORMS)
def test_a_number_too_small_for_a_float_is_0_and_the_smallest_one_is_itself(lanes: Lanes, form: str) -> None:
    assert echoed(lanes, form, "1e-400").body == text("0.0")
    assert echoed(lanes, form, "5e-324").body == text("5e-324")


@pytest.mark.parametrize("form", ["whole", "mixed"])
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_json_has_no_number_for_is_no_json(lanes: Lanes, form: str, number: str) -> None:
    answer = echoed(lanes, form, number)
    assert answer.status == 400
    assert "no JSON" in errors(answer)[0]["message"]


@pytest.mark.parametrize("number", ["NaN", "Infinity"])
def test_what_graphql_has_no_number_for_does_not_fit(lanes: Lanes, number: str) -> None:
    assert errors(echoed(lanes, "literal", number))[0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize("form", ["whole", "mixed"])
@pytest.mark.parametrize(
    ("number", "told"), [("9007199254740991", "9007199254740991.0"), ("9007199254740994", "9007199254740994.0")]
)
def test_a_whole_number_that_a_float_has_is_that_float(lanes: Lanes, form: str, number: str, told: str) -> None:
    assert echoed(lanes, form, number).body == text(told)


@pytest.mark.parametrize("form", ["whole", "mixed"])
@pytest.mark.parametrize("number", ["9007199254740993", "18446744073709551615", "1" + "0" * 400])
def test_a_whole_number_that_no_float_has_is_refused(lanes: Lanes, form: str, number: str) -> None:
    (error,) = errors(echoed(lanes, form, number))
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("form", ["whole", "mixed"])
def test_a_whole_number_of_more_than_64_bits_is_read_as_a_float(lanes: Lanes, form: str) -> None:
    assert echoed(lanes, form, "18446744073709551617").body == text("1.8446744073709552e+19")


@pytest.mark.parametrize("form", FORMS)
def test_a_number_with_a_point_is_the_nearest_float_however_large(lanes: Lanes, form: str) -> None:
    assert echoed(lanes, form, "9007199254740993.0").body == text("9007199254740992.0")


@pytest.mark.parametrize("form", ["whole", "mixed"])
@pytest.mark.parametrize(
    ("minutes", "lane", "fits"),
    [
        ("7", "plan", True),
        ("7.0", "reference", True),
        ("7e0", "reference", True),
        ("-0.0", "reference", True),
        ("7.5", "reference", False),
        ("2147483647", "plan", True),
        ("2147483648", "reference", False),
        ("2147483647.0", "reference", True),
        ("1e400", "reference", False),
        ("true", "reference", False),
        ('"7"', "reference", False),
    ],
)
def test_an_int_may_be_written_as_a_float_that_is_whole(
    lanes: Lanes, form: str, minutes: str, lane: str, *, fits: bool
) -> None:
    value = f'{{"minutes": {minutes}}}' if form == "whole" else minutes
    answer = both(lanes, request(MARKET[form], value))
    assert (answer.lane, b'"errors"' not in answer.body) == (lane, fits)


@pytest.mark.parametrize("form", ["whole", "mixed"])
@pytest.mark.parametrize(
    ("written", "status"),
    [
        ('"\\ud83d\\ude00"', 200),
        ('"\\u0000"', 200),
        ('"\\ud800"', 400),
        ('"\\ude00\\ud83d"', 400),
        ('"\\ud800\\u0041"', 400),
        ('"\\ud8"', 400),
    ],
)
def test_half_a_surrogate_pair_is_no_text(lanes: Lanes, form: str, written: str, status: int) -> None:
    value = f'{{"text": {written}}}' if form == "whole" else written
    answer = both(lanes, request(OPINION[form], value))
    assert (answer.status, b'"data"' in answer.body) == (status, status == 200)


def test_half_a_surrogate_pair_in_a_documents_text_is_no_syntax(lanes: Lanes) -> None:
    for written, code in (('"\\ud800"', "GRAPHQL_PARSE_FAILED"), ('"\\ud83d\\ude00"', None)):
        answer = both(lanes, json.dumps({"query": f"{{ opinion(input: {{text: {written}}}) {{ label }} }}"}).encode())
        found = json.loads(answer.body).get("errors", [{"extensions": {"code": None}}])
        assert found[0]["extensions"]["code"] == code


@pytest.mark.parametrize(
    "body",
    [
        b'{"query": "Q", "variables": {"v": {"leftSide": 1, "leftSide": 2, "right": 0}}}',
        b'{"query": "Q", "variables": {"v": {"leftSide": "no", "leftSide": 2, "right": 0}}}',
        b'{"query": "Q", "variables": {"v": null, "v": {"leftSide": 2, "right": 0}}}',
        b'{"query": "Q", "variables": {"v": 5}, "variables": {"v": {"leftSide": 2, "right": 0}}}',
        b'{"query": "{", "query": "Q", "variables": {"v": {"leftSide": 2, "right": 0}}}',
        b'{"query": "Q", "variables": {"v": {"leftSide": 1, "left\\u0053ide": 2, "right": 0}}}',
        b'{"query": "Q", "operationName": "x", "operationName": null, "variables": {"v": {"leftSide": 2, "right": 0}}}',
    ],
)
def test_of_a_key_that_stands_twice_the_last_one_holds(lanes: Lanes, body: bytes) -> None:
    assert both(lanes, body.replace(b"Q", WHOLE.encode())).body == text("2.0")


def test_of_a_variable_that_stands_twice_the_last_one_holds(lanes: Lanes) -> None:
    body = request(MIXED, "2").replace(b'{"v": 2}', b'{"v": "no", "v": 2}')
    assert both(lanes, body).body == text("2.0")


def test_a_member_that_a_document_writes_twice_is_refused(lanes: Lanes) -> None:
    query = "{ echo(input: {leftSide: 1, leftSide: 2, right: 0}) { transformed { leftSide } } }"
    (error,) = errors(both(lanes, json.dumps({"query": query}).encode()))
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize("query", [WHOLE, MIXED])
@pytest.mark.parametrize(
    ("rest", "status"), [(b" \r\n\t", 200), (b"x", 400), (b"{}", 400), (b",", 400), (b"\x00", 400)]
)
def test_bytes_after_the_body_are_blanks_or_no_json(lanes: Lanes, query: str, rest: bytes, status: int) -> None:
    body = request(query, '{"leftSide": 2, "right": 0}' if query is WHOLE else "2")
    assert both(lanes, body + rest).status == status


@pytest.mark.parametrize("query", [WHOLE, MIXED])
def test_a_byte_order_mark_before_the_body_is_refused_with_its_name(lanes: Lanes, query: str) -> None:
    body = request(query, '{"leftSide": 2, "right": 0}' if query is WHOLE else "2")
    answer = both(lanes, b"\xef\xbb\xbf" + body)
    assert answer.status == 400
    assert "byte order mark" in errors(answer)[0]["message"]


def test_a_byte_order_mark_within_the_document_is_a_blank(lanes: Lanes) -> None:
    assert both(lanes, request("\ufeff" + WHOLE, '{"leftSide": 2, "right": 0}')).body == text("2.0")


@pytest.mark.parametrize("wrong", [b"\xff", b"\xc0\xaf", b"\xed\xa0\x80"])
@pytest.mark.parametrize("form", ["whole", "mixed"])
def test_bytes_that_are_no_utf8_are_no_json(lanes: Lanes, form: str, wrong: bytes) -> None:
    value = '{"text": "WRONG"}' if form == "whole" else '"WRONG"'
    answer = both(lanes, request(OPINION[form], value).replace(b"WRONG", wrong))
    assert answer.status == 400
    assert "UTF-8" in errors(answer)[0]["message"]


@pytest.mark.parametrize("query", [WHOLE, MIXED])
@pytest.mark.parametrize(("depth", "said"), [(300, "has invalid value"), (900, "has invalid value"), (5000, "no JSON")])
def test_a_value_that_is_nested_deep_is_refused(lanes: Lanes, query: str, depth: int, said: str) -> None:
    for opening, closing in (("[", "]"), ('{"leftSide":', "}")):
        error = errors(both(lanes, request(query, f"{opening * depth}1{closing * depth}")))[0]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert said in error["message"]
