"""Which media type a client wants."""

from __future__ import annotations

import pytest

from server.accept import GRAPHQL_RESPONSE, JSON, media_type, wants_html


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
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
def test_the_best_of_what_is_accepted_is_taken(accept: str, expected: str | None) -> None:
    assert media_type(accept) == expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [("text/html,application/xhtml+xml,*/*;q=0.8", True), ("*/*", False), ("", False), ("text/html;q=0", False)],
)
def test_only_who_names_html_gets_a_page(accept: str, expected: bool) -> None:  # noqa: FBT001  # a table's column
    assert wants_html(accept) is expected
