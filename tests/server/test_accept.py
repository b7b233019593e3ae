"""Which media type a client wants."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from server.accept import GRAPHQL_RESPONSE, JSON, media_type, wants_html


def _request(accept: str | None) -> Request:
    headers = [] if accept is None else [(b"accept", accept.encode())]
    return Request({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": headers})


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL_RESPONSE, GRAPHQL_RESPONSE),
        ("Application/GraphQL-Response+JSON; charset=utf-8", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE}, {JSON}", GRAPHQL_RESPONSE),
        (f"{JSON}, {GRAPHQL_RESPONSE}", JSON),
        (f"{GRAPHQL_RESPONSE}, {JSON};q=0.9", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE};q=0.5, {JSON};q=0.9", JSON),
        (f"{GRAPHQL_RESPONSE}, */*;q=0.1", GRAPHQL_RESPONSE),
        ("text/html, */*;q=0.8", JSON),
        (f"{JSON};q=0, */*", GRAPHQL_RESPONSE),
        (f"{JSON};q=0, {GRAPHQL_RESPONSE};q=0, */*", None),
        ("*/*;q=0", None),
        (f"{JSON};q=much", None),
        ("text/html", None),
        (" , ;q=1", JSON),
    ],
)
def test_the_best_of_what_is_accepted_is_taken(accept: str | None, expected: str | None) -> None:
    assert media_type(_request(accept)) == expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [("text/html,application/xhtml+xml,*/*;q=0.8", True), ("*/*", False), (None, False), ("text/html;q=0", False)],
)
def test_only_who_names_html_gets_a_page(accept: str | None, expected: bool) -> None:  # noqa: FBT001  # a table's column
    assert wants_html(_request(accept)) is expected
