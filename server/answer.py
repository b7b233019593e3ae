"""What the door sends: results, refusals and failures, dressed for HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.types import Send
from strawberry.types.execution import ExecutionResult

from inference.errors import ErrorCode
from schema.errors import masked
from server.accept import GRAPHQL_RESPONSE, JSON
from server.body import RequestRefused
from server.metrics.operations import Lane, Outcome
from server.overload import retry_after_seconds

Errors = Sequence[GraphQLError] | None

HTML = "text/html"
NOBODY_THERE = 499
"""The status of an answer that nobody gets, as some proxies log it."""
LANE_HEADER = b"x-predictql-lane"

_CONTENT_TYPES = {kind: f"{kind}; charset=utf-8".encode() for kind in (JSON, GRAPHQL_RESPONSE, HTML)}
_LANES = {lane: lane.value.encode() for lane in Lane}


@dataclass(slots=True)
class Answer:
    """What is sent."""

    body: bytes
    status: int = HTTPStatus.OK.value  # a plain number, for that is quicker to look up than an enum
    lane: Lane = Lane.REFERENCE
    retry_after: int | None = None
    """In seconds."""
    kind: str = JSON
    """Its media type."""

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return its headers, all but its length."""
        headers = [(b"content-type", _CONTENT_TYPES[self.kind]), (LANE_HEADER, _LANES[self.lane])]
        if self.retry_after is not None:
            headers.append((b"retry-after", b"%d" % self.retry_after))
        return headers

    async def send(self, send: Send) -> None:
        """Send it."""
        headers = [*self.headers(), (b"content-length", b"%d" % len(self.body))]
        await send({"type": "http.response.start", "status": int(self.status), "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def dressed(result: ExecutionResult, kind: str) -> Answer:
    """Dress a result for HTTP, as the GraphQL-over-HTTP specification says.

    An error before execution leaves no `data`, and fails a request that accepts application/graphql-response+json.
    """
    body: dict[str, Any] = {}
    if result.errors:
        body["errors"] = [error.formatted for error in result.errors]
    before_execution = is_refused(result)
    if not before_execution:
        body["data"] = result.data
    text = orjson.dumps(body)
    if before_execution:
        return Answer(text, HTTPStatus.BAD_REQUEST if kind == GRAPHQL_RESPONSE else HTTPStatus.OK)
    return executed(text, result.data, result.errors, Lane.REFERENCE)


def executed(body: bytes, data: Mapping[str, Any] | None, errors: Errors, lane: Lane) -> Answer:
    """Return the answer of an operation that was executed; 503 where a model had no room and nothing else was asked."""
    seconds = retry_after_seconds(data, errors) if errors else None
    if seconds is None:
        return Answer(body, lane=lane)
    return Answer(body, HTTPStatus.SERVICE_UNAVAILABLE, lane, seconds)


def is_refused(result: ExecutionResult) -> bool:
    """Tell whether an operation was not executed."""
    return result.data is None and all(error.path is None for error in result.errors or ())


def outcome_of(data: Mapping[str, Any] | None, errors: Errors) -> Outcome:
    """Say what became of an operation that was executed."""
    if not errors:
        return Outcome.OK
    return Outcome.PARTIAL if any(value is not None for value in (data or {}).values()) else Outcome.FAILED


def refusal(refused: RequestRefused) -> Answer:
    """Say why a request holds no operation."""
    error = GraphQLError(str(refused), extensions={"code": ErrorCode.BAD_USER_INPUT.value})
    return Answer(orjson.dumps({"errors": [error.formatted]}), refused.status)


def excuse(error: Exception) -> Answer:
    """Say why a request has no answer."""
    return refusal(error) if isinstance(error, RequestRefused) else failure(error)


def failure(error: Exception) -> Answer:
    """Say that the server is to blame, and no more: what it was stands in the log."""
    shown = masked(GraphQLError("The request failed."), error)
    return Answer(orjson.dumps({"errors": [shown.formatted]}), HTTPStatus.INTERNAL_SERVER_ERROR)


def together(answers: Sequence[Answer]) -> Answer:
    """Return the answers of several operations as one list, in which each stands for itself."""
    planned = all(answer.lane is Lane.PLAN for answer in answers)
    body = b"[" + b",".join(answer.body for answer in answers) + b"]"
    return Answer(body, lane=Lane.PLAN if planned else Lane.REFERENCE)
