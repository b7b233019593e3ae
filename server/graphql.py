"""The door /graphql: operations by POST and GET, and GraphiQL for browsers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import APIRouter
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from strawberry.types.execution import ExecutionResult

from inference.errors import ErrorCode
from resolvers.context import Context
from schema.build import PredictSchema
from server.accept import GRAPHQL_RESPONSE, JSON, media_type, wants_html
from server.body import RequestRefused, read_operation
from server.disconnect import ClientGone, while_connected
from server.metrics.operations import OperationStatistics, Outcome
from server.overload import retry_after_seconds

PATH = "/graphql"
NOBODY_THERE = 499
"""The status of an answer that nobody gets, as some proxies log it."""


@dataclass(frozen=True, slots=True)
class GraphQLDoor:
    """Answers GraphQL requests with a schema."""

    schema: PredictSchema
    context: Context
    page: str | None
    """GraphiQL's HTML, or None where browsers get none."""
    max_body_bytes: int
    statistics: OperationStatistics

    def router(self) -> APIRouter:
        """Return the routes of this door."""
        router = APIRouter(tags=["GraphQL"])
        router.add_api_route(
            PATH,
            self.answer,
            methods=["POST"],
            response_class=Response,
            summary="Execute an operation",
            description="A GraphQL operation as JSON. Open this address in a browser to explore the schema.",
            openapi_extra=_BODY,
            operation_id="graphql",
        )
        router.add_api_route(PATH, self.answer, methods=["GET"], response_class=Response, include_in_schema=False)
        return router

    async def answer(self, request: Request) -> Response:
        """Answer one request. Whatever a client sends is answered with JSON, and below 500 unless there was no room."""
        if request.method == "GET" and "query" not in request.query_params and wants_html(request):
            if self.page is not None:
                return HTMLResponse(self.page)
            return _refused(request, RequestRefused(HTTPStatus.NOT_FOUND, "GraphiQL is switched off here."))
        if media_type(request) is None:
            message = f"This address answers with {JSON} or {GRAPHQL_RESPONSE}; Accept allows neither."
            return _refused(request, RequestRefused(HTTPStatus.NOT_ACCEPTABLE, message))
        try:
            operation = await read_operation(request, self.max_body_bytes)
        except RequestRefused as refused:
            return _refused(request, refused)
        since = self.statistics.clock()
        executing = self.schema.execute(
            operation.query,
            variable_values=operation.variables,
            context_value=self.context,
            operation_name=operation.operation_name,
        )
        try:
            result = await while_connected(request.receive, executing)
        except ClientGone:
            return Response(status_code=NOBODY_THERE)
        asked = self.schema.asked(operation.query, operation.operation_name)
        self.statistics.answered(asked, _outcome(result), since)
        return _answered(request, result)


def _answered(request: Request, result: ExecutionResult) -> Response:
    """Dress a result for HTTP, as the GraphQL-over-HTTP specification says.

    An error before execution leaves no `data`, and fails a request that accepts application/graphql-response+json.
    """
    kind = media_type(request) or JSON
    body: dict[str, Any] = {}
    if result.errors:
        body["errors"] = [error.formatted for error in result.errors]
    before_execution = _is_refused(result)
    if not before_execution:
        body["data"] = result.data
    failed = before_execution and kind == GRAPHQL_RESPONSE
    seconds = retry_after_seconds(result.data, result.errors)
    if seconds is not None:
        return _json(body, HTTPStatus.SERVICE_UNAVAILABLE, kind, {"retry-after": str(seconds)})
    return _json(body, HTTPStatus.BAD_REQUEST if failed else HTTPStatus.OK, kind)


def _is_refused(result: ExecutionResult) -> bool:
    return result.data is None and all(error.path is None for error in result.errors or ())


def _outcome(result: ExecutionResult) -> Outcome:
    if not result.errors:
        return Outcome.OK
    if _is_refused(result):
        return Outcome.REFUSED
    fields = (result.data or {}).values()
    return Outcome.PARTIAL if any(value is not None for value in fields) else Outcome.FAILED


def _refused(request: Request, refused: RequestRefused) -> Response:
    error = GraphQLError(str(refused), extensions={"code": ErrorCode.BAD_USER_INPUT.value})
    return _json({"errors": [error.formatted]}, refused.status, media_type(request) or JSON)


def _json(body: Mapping[str, Any], status: HTTPStatus, kind: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, headers, media_type=f"{kind}; charset=utf-8")


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
