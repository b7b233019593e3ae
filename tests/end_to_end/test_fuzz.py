"""Whatever bytes and whatever JSON arrive: an answer in JSON, below 500, within a second."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import httpx2
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.errors import ErrorCode
from schema.errors import PARSE_FAILED, VALIDATION_FAILED

if TYPE_CHECKING:
    from tests.end_to_end.conftest import GraphQL

MOST_SECONDS = 1.0
CODES = {*ErrorCode, PARSE_FAILED, VALIDATION_FAILED}

fuzz = settings(max_examples=150)

numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | st.text(max_size=20)
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=10), inner))
WORDS = (
    "{ } ( ) [ ] ! : $ @ ... = query Q fragment F on Query # iris irisBatch models model server predictions label name"
    ' topClasses __typename __type input inputs version onError k a skip include if defer 1 1e9 1e400 null true "" "a'
)
documents = st.lists(st.sampled_from(WORDS.split(" ")) | st.text(max_size=3), max_size=40).map(" ".join)
FLOWER = ("sepalLengthCm", "sepalWidthCm", "petalLengthCm", "petalWidthCm")


def _check(response: httpx2.Response, seconds: float) -> None:
    assert response.status_code < 500
    assert seconds < MOST_SECONDS
    answered = response.json()
    for answer in answered if isinstance(answered, list) else [answered]:
        assert answer.keys() <= {"data", "errors"}
        for error in answer.get("errors", ()):
            assert error["message"]
            assert error["extensions"]["code"] in CODES


def _send(client: GraphQL, body: bytes, **headers: str) -> None:
    start = time.monotonic()
    response = client.send(body, **headers)
    _check(response, time.monotonic() - start)


def _post(client: GraphQL, **members: Any) -> None:
    _send(client, json.dumps(members).encode())


@fuzz
@given(body=st.binary(max_size=300))
def test_any_bytes(demo: GraphQL, body: bytes) -> None:
    _send(demo, body)


@fuzz
@given(body=values)
def test_any_json(demo: GraphQL, body: Any) -> None:
    _send(demo, json.dumps(body).encode())


@fuzz
@given(members=st.fixed_dictionaries({}, optional=dict.fromkeys(("query", "variables", "operationName"), values)))
def test_any_json_in_the_members_of_a_request(demo: GraphQL, members: dict[str, Any]) -> None:
    _post(demo, **members)


@fuzz
@given(query=documents, variables=st.dictionaries(st.sampled_from("ak"), values))
def test_any_words_as_a_document(demo: GraphQL, query: str, variables: dict[str, Any]) -> None:
    _post(demo, query=query, variables=variables)


@fuzz
@given(flower=st.fixed_dictionaries({}, optional=dict.fromkeys((*FLOWER, "colour"), numbers | values)))
def test_any_values_as_features(demo: GraphQL, flower: dict[str, Any]) -> None:
    query = "query($input: IrisInput!) { iris(input: $input) { label probability decision warnings { message } } }"
    _post(demo, query=query, variables={"input": flower})


@fuzz
@given(
    rows=st.lists(st.fixed_dictionaries(dict.fromkeys(FLOWER, numbers)), max_size=5),
    k=st.integers(),
    version=scalars,
    on_error=st.sampled_from(["PARTIAL", "FAIL", "", None, 1]),
)
def test_any_numbers_in_any_rows(
    demo: GraphQL, rows: list[dict[str, float]], k: int, version: object, on_error: object
) -> None:
    query = """query($rows: [IrisInput!]!, $k: Int!, $version: String, $onError: OnError!) {
      irisBatch(inputs: $rows, version: $version, onError: $onError) {
        predictions { topClasses(k: $k) { label probability } } errors { code message } count
      }
    }"""
    _post(demo, query=query, variables={"rows": rows, "k": k, "version": version, "onError": on_error})


@fuzz
@given(text=st.text(), pixels=st.lists(numbers | st.none() | st.text(max_size=2), min_size=62, max_size=66))
def test_any_text_and_any_vector(demo: GraphQL, text: str, pixels: list[Any]) -> None:
    query = """query($text: String!, $pixels: [Float!]!) {
      language(input: {text: $text}) { rawLabel probability } digits(input: {pixels: $pixels}) { label }
    }"""
    _post(demo, query=query, variables={"text": text, "pixels": pixels})


@fuzz
@given(
    accept=st.text(st.characters(min_codepoint=32, max_codepoint=126)).map(str.strip),
    kind=st.text(st.characters(min_codepoint=32, max_codepoint=126)).map(str.strip),
)
def test_any_headers(demo: GraphQL, accept: str, kind: str) -> None:
    _send(demo, b'{"query": "{ __typename }"}', accept=accept, content_type=kind)
    _send(demo, b'{"query": "{ __typename }"}', accept=accept)


@fuzz
@given(query=st.text(max_size=30), variables=st.text(max_size=30))
def test_any_parameters_of_a_get(demo: GraphQL, query: str, variables: str) -> None:
    start = time.monotonic()
    response = demo.http.get("/graphql", params={"query": query, "variables": variables})
    _check(response, time.monotonic() - start)
