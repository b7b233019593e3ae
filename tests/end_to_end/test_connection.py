"""Connections as clients use them: what takes the short way to the door is answered as what takes the long one."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

import httpx2
import pytest

from server.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.conftest import GraphQL, Serve

    Response = tuple[str, dict[str, str], Any]
    """A status line, headers, and what the body says."""

QUERY = "query($inputs: [SleepyInput!]!) { sleepyBatch(inputs: $inputs) { predictions { value } } }"
BODY_LIMIT = 64 * 1024
CHUNKED = "{:x}\r\n{}\r\n0\r\n\r\n"


def _body(number: float) -> str:
    return json.dumps({"query": QUERY, "variables": {"inputs": [{"x": number}]}})


def _answer(number: float) -> Any:
    return {"data": {"sleepyBatch": {"predictions": [{"value": 2 * number}]}}}


def _post(body: str, *headers: str, http: str = "HTTP/1.1", path: str = "/graphql") -> bytes:
    lines = [f"POST {path} {http}", "Host: here", "Content-Type: application/json", *headers]
    if not any("chunked" in header for header in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", body]).encode()


@contextmanager
def _connected(server: GraphQL) -> Iterator[tuple[socket.socket, BinaryIO]]:
    where = urlsplit(server.url)
    connecting = socket.create_connection((where.hostname, where.port), timeout=30)
    with closing(connecting) as connection, connection.makefile("rb") as stream:
        yield connection, stream


def _read(stream: BinaryIO) -> Response:
    """Read one answer."""
    status, headers = stream.readline().decode().strip(), {}
    while line := stream.readline().decode().strip():
        name, _, value = line.partition(": ")
        headers[name] = value
    return status, headers, json.loads(stream.read(int(headers["content-length"])))


def _asked(server: GraphQL, request: bytes) -> Response:
    with _connected(server) as (connection, stream):
        connection.sendall(request)
        return _read(stream)


@pytest.mark.parametrize(
    "unusual",
    [
        _post(CHUNKED.format(len(_body(1)), _body(1)), "Transfer-Encoding: chunked"),
        _post(_body(1), "Expect: something"),
        _post(_body(1), path="/graphql?with=parameters"),
        _post(_body(1), path="/%67raphql"),
    ],
)
def test_an_unusual_request_is_answered_as_a_usual_one_is(awkward: GraphQL, unusual: bytes) -> None:
    status, headers, said = _asked(awkward, unusual)
    usual_status, usual_headers, usual_said = _asked(awkward, _post(_body(1)))
    assert (status, said) == (usual_status, usual_said) == ("HTTP/1.1 200 OK", _answer(1))
    assert headers | {"date": ""} == usual_headers | {"date": ""}


@pytest.mark.parametrize("request_of_one", [_post(_body(1), http="HTTP/1.0"), _post(_body(1), "Connection: close")])
def test_a_connection_ends_where_the_client_wants_it(awkward: GraphQL, request_of_one: bytes) -> None:
    with _connected(awkward) as (connection, stream):
        connection.sendall(request_of_one)
        _, headers, said = _read(stream)
        assert said == _answer(1)
        assert headers["connection"] == "close"
        assert stream.read() == b""


def test_a_client_that_expects_to_be_told_to_go_on_is_told(awkward: GraphQL) -> None:
    head, _, body = _post(_body(1), "Expect: 100-continue").partition(b"\r\n\r\n")
    with _connected(awkward) as (connection, stream):
        connection.sendall(head + b"\r\n\r\n")
        assert stream.readline() == b"HTTP/1.1 100 Continue\r\n"
        assert stream.readline() == b"\r\n"
        connection.sendall(body)
        assert _read(stream)[2] == _answer(1)


def test_a_request_may_come_byte_by_byte(awkward: GraphQL) -> None:
    with _connected(awkward) as (connection, stream):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for place in range(len(request := _post(_body(3)))):
            connection.sendall(request[place : place + 1])
        assert _read(stream)[2] == _answer(3)


def test_requests_sent_without_waiting_are_answered_in_their_order(awkward: GraphQL) -> None:
    requests = [
        _post(_body(100)),  # takes a second
        _post(_body(1)),
        b"GET /livez HTTP/1.1\r\nHost: here\r\n\r\n",
        _post(CHUNKED.format(len(_body(2)), _body(2)), "Transfer-Encoding: chunked"),
        _post(_body(3)),
        _post("{"),
        _post(_body(4)),
    ]
    with _connected(awkward) as (connection, stream):
        connection.sendall(b"".join(requests))
        answers = [_read(stream) for _ in requests]
    assert [said for _, _, said in answers if "data" in said] == [_answer(number) for number in (100, 1, 2, 3, 4)]
    assert [status.split()[1] for status, _, _ in answers] == ["200"] * 5 + ["400", "200"]


def test_many_requests_share_a_connection_whatever_way_they_take(awkward: GraphQL) -> None:
    with _connected(awkward) as (connection, stream):
        for number in range(1, 60):
            chunked = CHUNKED.format(len(_body(number)), _body(number))
            connection.sendall(_post(_body(number)) if number % 3 else _post(chunked, "Transfer-Encoding: chunked"))
            status, _, said = _read(stream)
            assert (status, said) == ("HTTP/1.1 200 OK", _answer(number))


def test_a_head_that_came_before_means_the_same_however_its_bytes_are_cut(awkward: GraphQL) -> None:
    """Heads are remembered, and looked up where a request comes as a whole."""
    request = _post(_body(5))
    head = request.index(b"{")
    with _connected(awkward) as (connection, stream):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for pieces in (
            [request],
            [request],
            [request[:head], request[head:]],
            [request[: head + 5], request[head + 5 :]],
            [request[:9], request[9:]],
            [request + request[:head], request[head:]],
            [request + request],
            [request[:-1], request[-1:] + request],
            [request],
        ):
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(0.02)
            for _ in range(b"".join(pieces).count(b"POST")):
                status, _, said = _read(stream)
                assert (status, said) == ("HTTP/1.1 200 OK", _answer(5))


def test_the_head_of_a_request_on_another_way_is_not_taken_for_one_of_the_door(awkward: GraphQL) -> None:
    close = _post(_body(5), "Connection: close")
    for _ in range(3):
        with _connected(awkward) as (connection, stream):
            connection.sendall(close)
            assert _read(stream)[2] == _answer(5)
            assert stream.read() == b""


def test_a_large_answer_arrives_whole(demo: GraphQL) -> None:
    rows = [{"sepalLengthCm": 5.1, "sepalWidthCm": 3.5, "petalLengthCm": 1.4, "petalWidthCm": 0.2}] * 3000
    query = "query($rows: [IrisInput!]!) { irisBatch(inputs: $rows) { predictions { probabilityVector } } }"
    answered = demo.http.post("/graphql", json={"query": query, "variables": {"rows": rows}})
    assert len(answered.content) > 100_000
    assert len(answered.json()["data"]["irisBatch"]["predictions"]) == len(rows)


def test_a_request_that_is_not_http_is_refused_and_the_next_caller_is_not_harmed(awkward: GraphQL) -> None:
    with _connected(awkward) as (connection, stream):
        connection.sendall(b"POST /graphql HTTP/1.1\r\nContent-Length: 1x\r\n\r\n{}")
        assert stream.readline().startswith(b"HTTP/1.1 400")
    assert _asked(awkward, _post(_body(1)))[2] == _answer(1)


def test_a_body_that_is_said_to_be_too_long_is_refused_before_it_comes(awkward: GraphQL) -> None:
    with _connected(awkward) as (connection, stream):
        connection.sendall(
            b"POST /graphql HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 9999999\r\n\r\n"
        )
        status, _, said = _read(stream)
    assert status.startswith("HTTP/1.1 413")
    assert "Send the rows in several requests" in said["errors"][0]["message"]


def test_a_client_that_leaves_is_forgotten_and_counted(awkward: GraphQL) -> None:
    def counted() -> float:
        lines = awkward.http.get("/metrics").text.splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith("predictql_cancelled_calls_total{"))

    before = counted()
    with _connected(awkward) as (connection, _):
        connection.sendall(_post(_body(101)))
        time.sleep(0.2)
    deadline = time.monotonic() + 30
    while counted() == before:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_pages_of_other_origins_are_let_in_where_a_setting_names_them(serve: Serve, demo_models: Path) -> None:
    shop = {"origin": "https://shop.example"}
    server = serve(Settings(models=demo_models / "iris", engine="native", cors_origins=shop["origin"]))
    answered = server.http.post("/graphql", json={"query": "{ __typename }"}, headers=shop)
    assert answered.headers["access-control-allow-origin"] == shop["origin"]
    stranger = server.http.post("/graphql", json={"query": "{ __typename }"}, headers={"origin": "https://a.example"})
    assert "access-control-allow-origin" not in stranger.headers
    assert httpx2.codes.OK == answered.status_code == stranger.status_code
