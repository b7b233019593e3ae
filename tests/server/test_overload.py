"""Only a request that was refused as a whole is refused over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLError

from server.overload import retry_after_seconds


def refused(milliseconds: int) -> GraphQLError:
    return GraphQLError("no room", extensions={"code": "OVERLOADED", "retryAfterMs": milliseconds})


OTHER = GraphQLError("too late", extensions={"code": "DEADLINE_EXCEEDED"})


@pytest.mark.parametrize(
    ("data", "errors", "seconds"),
    [
        ({"iris": None}, [refused(1)], 1),
        ({"iris": None}, [refused(1000)], 1),
        ({"iris": None}, [refused(1001)], 2),
        ({"a": None, "b": None}, [refused(10), refused(2500)], 3),
        ({"a": None, "b": {"label": "SETOSA"}}, [refused(10)], None),
        ({"a": None, "b": None}, [refused(10), OTHER], None),
        ({"iris": None}, [OTHER], None),
        ({"iris": {"label": "SETOSA"}}, None, None),
        ({}, [], None),
        (None, [GraphQLError("no such field")], None),
    ],
)
def test_the_longest_wait_is_told_where_every_field_was_refused(
    data: dict[str, Any] | None, errors: list[GraphQLError] | None, seconds: int | None
) -> None:
    assert retry_after_seconds(data, errors) == seconds
