"""The door /graphql: operations by POST and GET, and GraphiQL for browsers.

It speaks ASGI itself. What is answered by a plan passes no layer that it does not need: a shortcut behind the
middleware, see `Shortcut`, hands it over before anything is routed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import APIRouter
from graphql import GraphQLError
from starlette.datastructures import QueryParams
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.types.execution import ExecutionResult

from inference.errors import ErrorCode
from resolvers.context import Context
from schema.build import PredictSchema
from schema.plan.plans import Plans
from server.accept import GRAPHQL_RESPONSE, JSON, media_type, wants_html
from server.body import (
    Operation,
    RequestRefused,
    check_content_type,
    operation_of_body,
    operation_of_parameters,
    read_body,
)
from server.disconnect import ClientGone, while_connected
from server.metrics.operations import Lane, OperationStatistics, Outcome
from server.overload import retry_after_seconds

Errors = Sequence[GraphQLError] | None

PATH = "/graphql"
NOBODY_THERE = 499
"""The status of an answer that nobody gets, as some proxies log it."""
LANE_HEADER = b"x-predictql-lane"
_ACCEPT_HEADERS = 256
"""How many different Accept headers are remembered with what they mean: clients send few."""


def _remembering() -> Callable[[str], str | None]:
    return lru_cache(_ACCEPT_HEADERS)(media_type)


@dataclass(frozen=True, slots=True)
class GraphQLDoor:
    """Answers GraphQL requests with a schema. An ASGI app."""

    schema: PredictSchema
    plans: Plans | None
    """None where all is answered by the reference lane."""
    context: Context
    page: str | None
    """GraphiQL's HTML, or None where browsers get none."""
    max_body_bytes: int
    statistics: OperationStatistics
    _media_type: Callable[[str], str | None] = field(default_factory=_remembering)

    def router(self) -> APIRouter:
        """Return the routes of this door."""
        router = APIRouter(tags=["GraphQL"])
        router.add_api_route(
            PATH,
            self._routed,
            methods=["POST"],
            response_class=Response,
            summary="Execute an operation",
            description="A GraphQL operation as JSON. Open this address in a browser to explore the schema.",
            openapi_extra=_BODY,
            operation_id="graphql",
        )
        router.add_api_route(PATH, self._routed, methods=["GET"], response_class=Response, include_in_schema=False)
        return router

    async def _routed(self) -> Response:
        return _Door(self)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Whatever a client sends is answered with JSON, and below 500 unless there was no room."""
        headers = _Headers.of(scope)
        kind = self._media_type(headers.accept)
        if scope["method"] == "GET" and wants_html(headers.accept) and "query" not in _parameters(scope):
            if self.page is not None:
                await HTMLResponse(self.page)(scope, receive, send)
                return
            answer = _refusal(RequestRefused(HTTPStatus.NOT_FOUND, "GraphiQL is switched off here."))
        elif kind is None:
            message = f"This address answers with {JSON} or {GRAPHQL_RESPONSE}; Accept allows neither."
            answer = _refusal(RequestRefused(HTTPStatus.NOT_ACCEPTABLE, message))
        else:
            try:
                answer = await self._answer(scope, receive, headers, kind)
            except RequestRefused as refused:
                answer = _refusal(refused)
            except ClientGone:
                answer = _Answer(b"", NOBODY_THERE, Lane.REFERENCE)
        await _send(send, answer, kind or JSON)

    async def _answer(self, scope: Scope, receive: Receive, headers: _Headers, kind: str) -> _Answer:
        if scope["method"] == "GET":
            operation = operation_of_parameters(_parameters(scope))
            return await while_connected(receive, self._executed(operation, kind))
        check_content_type(headers.content_type)
        body = await read_body(receive, headers.content_length, self.max_body_bytes)
        return await while_connected(receive, self._answer_to_body(body, kind))

    async def _answer_to_body(self, body: bytes, kind: str) -> _Answer:
        since = self.statistics.clock()
        prepared = self.plans.prepared(body) if self.plans else None
        written = await prepared.answer(self.context) if prepared else None
        if not prepared or not written:
            return await self._executed(operation_of_body(body), kind)
        self.statistics.answered(prepared.asked, _outcome(written.fields, written.errors), since, Lane.PLAN)
        return _executed_answer(written.body, written.fields, written.errors, Lane.PLAN)

    async def _executed(self, operation: Operation, kind: str) -> _Answer:
        since = self.statistics.clock()
        result = await self.schema.execute(
            operation.query,
            variable_values=operation.variables,
            context_value=self.context,
            operation_name=operation.operation_name,
        )
        asked = self.schema.asked(operation.query, operation.operation_name)
        self.statistics.answered(
            asked, Outcome.REFUSED if _is_refused(result) else _outcome(result.data, result.errors), since
        )
        return _dressed(result, kind)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What is sent."""

    body: bytes
    status: int
    lane: Lane
    retry_after: int | None = None
    """In seconds."""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """Middleware that hands the requests for the door over to it, and all others on.

    Behind all other middleware, and before routing, which costs as much as a prediction.
    """

    app: ASGIApp
    door: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        straight = scope["type"] == "http" and scope["path"] == PATH and scope["method"] in {"POST", "GET"}
        await (self.door if straight else self.app)(scope, receive, send)


class _Door(Response):
    """What a route answers so that the door does: FastAPI sends a response by calling it as an ASGI app."""

    def __init__(self, door: ASGIApp) -> None:
        super().__init__()
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._door(scope, receive, send)


@dataclass(frozen=True, slots=True)
class _Headers:
    """The headers that the door reads."""

    accept: str = ""
    content_type: str = ""
    content_length: int = 0

    @staticmethod
    def of(scope: Scope) -> _Headers:
        """Read them; of several with one name, the last."""
        given = dict(scope["headers"])
        return _Headers(
            given.get(b"accept", b"").decode("latin-1"),
            given.get(b"content-type", b"").decode("latin-1"),
            int(given.get(b"content-length", 0)),
        )


def _parameters(scope: Scope) -> QueryParams:
    return QueryParams(scope["query_string"])


def _dressed(result: ExecutionResult, kind: str) -> _Answer:
    """Dress a result for HTTP, as the GraphQL-over-HTTP specification says.

    An error before execution leaves no `data`, and fails a request that accepts application/graphql-response+json.
    """
    body: dict[str, Any] = {}
    if result.errors:
        body["errors"] = [error.formatted for error in result.errors]
    before_execution = _is_refused(result)
    if not before_execution:
        body["data"] = result.data
    text = orjson.dumps(body)
    if before_execution and kind == GRAPHQL_RESPONSE:
        return _Answer(text, HTTPStatus.BAD_REQUEST, Lane.REFERENCE)
    return _executed_answer(text, result.data, result.errors, Lane.REFERENCE)


def _executed_answer(body: bytes, data: Mapping[str, Any] | None, errors: Errors, lane: Lane) -> _Answer:
    seconds = retry_after_seconds(data, errors) if errors else None
    return _Answer(body, HTTPStatus.OK if seconds is None else HTTPStatus.SERVICE_UNAVAILABLE, lane, seconds)


def _is_refused(result: ExecutionResult) -> bool:
    return result.data is None and all(error.path is None for error in result.errors or ())


def _outcome(data: Mapping[str, Any] | None, errors: Errors) -> Outcome:
    """Say what became of an operation that was executed."""
    if not errors:
        return Outcome.OK
    return Outcome.PARTIAL if any(value is not None for value in (data or {}).values()) else Outcome.FAILED


def _refusal(refused: RequestRefused) -> _Answer:
    error = GraphQLError(str(refused), extensions={"code": ErrorCode.BAD_USER_INPUT.value})
    return _Answer(orjson.dumps({"errors": [error.formatted]}), refused.status, Lane.REFERENCE)


async def _send(send: Send, answer: _Answer, kind: str) -> None:
    headers = [
        (b"content-type", kind.encode() + b"; charset=utf-8"),
        (b"content-length", b"%d" % len(answer.body)),
        (LANE_HEADER, answer.lane.value.encode()),
    ]
    if answer.retry_after is not None:
        headers.append((b"retry-after", b"%d" % answer.retry_after))
    await send({"type": "http.response.start", "status": int(answer.status), "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {
                "schema": {
                    "type": "object",
                    "required": ["query"],
                    "properties": {
                        "query": {"type": "string", "description": "A GraphQL document."},
                        "variables": {"type": "object", "nullable": True},
                        "operationName": {"type": "string", "nullable": True},
                    },
                },
                "example": {"query": "{ models { name task description exampleQuery exampleVariables } }"},
            }
        },
    }
}
