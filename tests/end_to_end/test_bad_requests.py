"""Requests that hold no operation, or not a clear one: always JSON with a code, never a 5xx, no noise in the log."""

from __future__ import annotations

import gzip
import json
import logging
import socket
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2
import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import GraphQL

BODY_LIMIT = 64 * 1024
OK = b'{"query": "{ __typename }"}'
GRAPHQL_RESPONSE = "application/graphql-response+json"
TWO = "query One { server { name } } query Two { __typename }"


def _refused(response: httpx2.Response) -> dict[str, Any]:
    """Return the only error of an answer without data."""
    answer = response.json()
    assert answer.keys() == {"errors"}
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    return dict(error)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b'{"query": "{ __typename }"', "JSON"),
        (b"{'query': '{ __typename }'}", "JSON"),
        (b'{"query": "\xff\xfe"}', "UTF-8"),
        (b"\xff\xfe{\x00}\x00", "UTF-8"),
        (b"\xef\xbb\xbf" + OK, "byte order mark"),
        (gzip.compress(OK), "JSON"),
        (b"[" * 5000, "JSON"),
        (b"null", "object"),
        (b"true", "object"),
        (b"17", "object"),
        (b'"{ __typename }"', "object"),
        (b"[]", "list"),
        (b"[" + b",".join([OK] * 101) + b"]", "from 1 to 100"),
        (b"{}", "query"),
        (b'{"query": null}', "query"),
        (b'{"query": ""}', "query"),
        (b'{"query": " "}', "query"),
        (b'{"query": 5}', "query"),
        (b'{"query": ["{ __typename }"]}', "query"),
        (b'{"query": "{ __typename }", "variables": "x"}', "variables"),
        (b'{"query": "{ __typename }", "variables": [1]}', "variables"),
        (b'{"query": "{ __typename }", "variables": 0}', "variables"),
        (b'{"query": "{ __typename }", "operationName": {}}', "operationName"),
        (b'{"query": "{ __typename }", "operationName": 1}', "operationName"),
        (b'{"query": "{ __typename }", "extensions": "x"}', "extensions"),
    ],
)
def test_a_body_that_holds_no_operation_is_refused_and_told_why(demo: GraphQL, body: bytes, named: str) -> None:
    response = demo.send(body)
    assert response.status_code == 400
    assert named in _refused(response)["message"]
    assert response.headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json", ""])
def test_a_body_of_another_media_type_is_refused_although_it_holds_json(demo: GraphQL, kind: str) -> None:
    response = demo.send(OK, content_type=kind)
    assert response.status_code == 415
    assert "application/json" in _refused(response)["message"]


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=UTF-8", "application/graphql+json"])
def test_json_is_accepted_by_any_of_its_names(demo: GraphQL, kind: str) -> None:
    assert demo.send(OK, content_type=kind).json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    ("operation", "named"),
    [
        ({"query": TWO}, "One, Two"),
        ({"query": TWO, "operationName": "Twoo"}, "'Two'"),
        ({"query": "{ __typename }", "operationName": "One"}, "'One'"),
        ({"query": "fragment F on Query { __typename }"}, "no operation"),
        ({"query": "type A { a: Int }"}, "no operation"),
    ],
)
@pytest.mark.parametrize(("accept", "status"), [("application/json", 200), (GRAPHQL_RESPONSE, 400)])
def test_a_document_without_the_one_operation_that_is_meant_is_refused(
    demo: GraphQL, operation: dict[str, str], named: str, accept: str, status: int
) -> None:
    response = demo.send(json.dumps(operation).encode(), accept=accept)
    assert response.status_code == status
    assert named in _refused(response)["message"]
    assert response.headers["content-type"].startswith(accept)


@pytest.mark.parametrize(
    ("operation", "data"),
    [
        ({"query": TWO, "operationName": "Two"}, {"__typename": "Query"}),
        ({"query": TWO, "operationName": "One"}, {"server": {"name": "predictql"}}),
        ({"query": "{ __typename }", "operationName": ""}, {"__typename": "Query"}),
        ({"query": "{ __typename }", "operationName": None, "variables": None}, {"__typename": "Query"}),
        ({"query": "{ __typename }", "variables": {"unused": [1]}, "extensions": {"a": 1}}, {"__typename": "Query"}),
    ],
)
def test_members_that_need_not_be_there_may_be_null_or_unused(
    demo: GraphQL, operation: dict[str, Any], data: dict[str, Any]
) -> None:
    assert demo.send(json.dumps(operation).encode()).json() == {"data": data}


@pytest.mark.parametrize("query", ["{", "{ nope }", "query($a: Int!) { __typename @skip(if: true) }"])
def test_an_error_before_execution_fails_only_a_request_that_wants_the_newer_media_type(
    demo: GraphQL, query: str
) -> None:
    body = json.dumps({"query": query}).encode()
    older, newer = demo.send(body, accept="application/json"), demo.send(body, accept=GRAPHQL_RESPONSE)
    assert (older.status_code, newer.status_code) == (200, 400)
    assert older.json() == newer.json()
    assert older.json().keys() == {"errors"}


def test_an_error_during_execution_leaves_a_request_its_data(demo: GraphQL) -> None:
    body = json.dumps({"query": "{ digits(input: {pixels: []}) { label } server { name } }"}).encode()
    response = demo.send(body, accept=GRAPHQL_RESPONSE)
    assert response.status_code == 200
    assert response.json()["data"] == {"digits": None, "server": {"name": "predictql"}}
    assert [error["path"] for error in response.json()["errors"]] == [["digits"]]


def test_a_client_that_takes_neither_media_type_is_told_which_there_are(demo: GraphQL) -> None:
    response = demo.send(OK, accept="image/png")
    assert response.status_code == 406
    assert GRAPHQL_RESPONSE in _refused(response)["message"]


@pytest.mark.parametrize(
    ("parameters", "status", "named"),
    [
        ({}, 400, "query"),
        ({"query": ""}, 400, "query"),
        ({"query": "{ __typename }", "variables": "{"}, 400, "variables"),
        ({"query": "{ __typename }", "variables": "[]"}, 400, "variables"),
        ({"query": "{ __typename }", "extensions": "1"}, 400, "extensions"),
        ({"query": TWO}, 200, "One, Two"),
    ],
)
def test_a_get_that_holds_no_operation_is_refused(
    demo: GraphQL, parameters: dict[str, str], status: int, named: str
) -> None:
    response = demo.http.get("/graphql", params=parameters)
    assert response.status_code == status
    assert named in _refused(response)["message"]


def test_a_get_answers_a_query_with_variables(demo: GraphQL) -> None:
    parameters = {
        "query": "query A($name: String!) { model(name: $name) { name } } query B { __typename }",
        "variables": '{"name": "iris"}',
        "operationName": "A",
    }
    response = demo.http.get("/graphql", params=parameters)
    assert response.json() == {"data": {"model": {"name": "iris"}}}


def test_a_body_that_is_too_large_is_refused_however_it_comes(awkward: GraphQL) -> None:
    body = json.dumps({"query": "{ __typename }", "padding": "x" * BODY_LIMIT}).encode()
    pieces = (body[start : start + 1000] for start in range(0, len(body), 1000))
    json_type = {"content-type": "application/json"}
    for response in (awkward.send(body), awkward.http.post("/graphql", content=pieces, headers=json_type)):
        assert response.status_code == 413
        assert str(BODY_LIMIT) in _refused(response)["message"]
    assert awkward.send(OK + b" " * (BODY_LIMIT - len(OK))).status_code == 200


def test_a_declared_length_that_is_too_large_is_refused_before_the_body_comes(awkward: GraphQL) -> None:
    answer = _raw(awkward, b"content-length: %d" % (10 * BODY_LIMIT), b'{"query"')
    assert answer.startswith(b"HTTP/1.1 413")
    assert str(BODY_LIMIT).encode() in answer


@pytest.mark.parametrize("length", [b"-1", b"abc", b"1_0", b"+5", b"1e3", b""])
def test_a_declared_length_that_is_no_number_is_refused(awkward: GraphQL, length: bytes) -> None:
    assert _raw(awkward, b"content-length: " + length, b"{}        ").startswith(b"HTTP/1.1 400")


def test_a_client_that_leaves_in_the_middle_of_its_body_leaves_no_trace_in_the_log(
    awkward: GraphQL, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        with _connected(awkward) as connection:
            connection.sendall(_head(b"content-length: 1000") + b'{"query"')
        assert awkward.send(OK).status_code == 200
        time.sleep(0.1)
    assert caplog.text == ""


def test_what_clients_do_wrong_stands_not_in_the_log(demo: GraphQL, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        for query in ("{", "{ nope }", "{ digits(input: {pixels: []}) { label } }", "query($a: Int!) { __typename }"):
            demo.post(query)
        demo.send(b"\xff")
    assert caplog.text == ""


def _head(*headers: bytes) -> bytes:
    lines = (b"POST /graphql HTTP/1.1", b"host: here", b"content-type: application/json", *headers)
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _connected(server: GraphQL) -> socket.socket:
    address = urlsplit(server.url)
    assert address.hostname
    assert address.port
    return socket.create_connection((address.hostname, address.port), timeout=5)


def _raw(server: GraphQL, header: bytes, body: bytes) -> bytes:
    with _connected(server) as connection:
        connection.sendall(_head(header) + body)
        return connection.recv(4096)
