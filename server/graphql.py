"""The door /graphql: operations by POST and GET, and GraphiQL for browsers. It speaks ASGI itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from resolvers.context import Context
from schema.build import PredictSchema
from schema.plan.plans import Plans
from server.accept import GRAPHQL_RESPONSE, JSON, media_type, wants_html
from server.answer import (
    HTML,
    NOBODY_THERE,
    Answer,
    dressed,
    executed,
    failure,
    is_refused,
    outcome_of,
    refusal,
    together,
)
from server.body import (
    Operation,
    RequestRefused,
    check_content_type,
    decoded_body,
    operation_of,
    operation_of_parameters,
    operations_of,
    read_body,
)
from server.disconnect import ClientGone, while_connected
from server.metrics.operations import Lane, OperationStatistics, Outcome
from server.metrics.traffic import ABORTED, Traffic

PATH = "/graphql"
_ACCEPT_HEADERS = 256
"""How many different Accept headers are remembered with what they mean: clients send few."""


def _remembering() -> Callable[[bytes], str | None]:
    return lru_cache(_ACCEPT_HEADERS)(lambda accept: media_type(accept.decode("latin-1")))


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
    traffic: Traffic
    _media_type: Callable[[bytes], str | None] = field(default_factory=_remembering)

    def router(self) -> APIRouter:
        """Return the routes of this door, which describe it and are not on the way of its requests."""
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
        """Answer one request.

        Whatever a client sends is answered with JSON, and below 500 unless there was no room.
        """
        status = ABORTED
        self.traffic.begins()
        try:
            headers = dict(scope["headers"])
            if scope["method"] == "GET" and _is_of_a_browser(scope, headers):
                kind, answer = self._page()
            else:
                kind, answer = await self._received(scope, receive, headers)
            status = answer.status
            await answer.send(send, kind)
            self.traffic.passes(0, len(answer.body))
        finally:
            self.traffic.ends(status)

    async def posted(self, headers: Mapping[bytes, bytes], body: bytes) -> tuple[str, Answer]:
        """Answer a request that is there as a whole; who cancels this has no client any more."""
        status = NOBODY_THERE
        kind = self._media_type(headers.get(b"accept", b""))
        self.traffic.begins()
        try:
            if kind is None:
                answer = _not_acceptable()
            else:
                check_content_type(headers.get(b"content-type", b""))
                answer = await self._answer_to_post(body, kind)
            status = answer.status
        except Exception as error:  # noqa: BLE001  # whatever it is, the client hears of it, and no more than it may
            answer = _excuse(error)
            status = answer.status
        finally:
            self.traffic.ends(status)
        self.traffic.passes(len(body), len(answer.body))
        return kind or JSON, answer

    def _page(self) -> tuple[str, Answer]:
        if self.page is None:
            return JSON, refusal(RequestRefused(HTTPStatus.NOT_FOUND, "GraphiQL is switched off here."))
        return HTML, Answer(self.page.encode())

    async def _received(self, scope: Scope, receive: Receive, headers: Mapping[bytes, bytes]) -> tuple[str, Answer]:
        """Answer a request that is still to be read."""
        kind = self._media_type(headers.get(b"accept", b""))
        if kind is None:
            return JSON, _not_acceptable()
        try:
            if scope["method"] == "GET":
                work = self._executed(operation_of_parameters(_parameters(scope)), kind)
            else:
                check_content_type(headers.get(b"content-type", b""))  # first, for a body that is no JSON may be large
                body = await read_body(receive, int(headers.get(b"content-length", 0)), self.max_body_bytes)
                self.traffic.passes(len(body), 0)
                work = self._answer_to_post(body, kind)
            return kind, await while_connected(receive, work)
        except Exception as error:  # noqa: BLE001  # whatever it is, the client hears of it, and no more than it may
            return kind, _excuse(error)

    async def _answer_to_post(self, body: bytes, kind: str) -> Answer:
        planned = await self._planned(body)
        if planned:
            return planned
        members = decoded_body(body)
        if not isinstance(members, list):
            return await self._executed(operation_of(members), kind)
        return together(await asyncio.gather(*(self._answer_to_one(one, kind) for one in operations_of(members))))

    async def _answer_to_one(self, members: Any, kind: str) -> Answer:
        """Answer one of several operations, which may be wrong without harm to the others."""
        planned = await self._planned(orjson.dumps(members))
        try:
            return planned or await self._executed(operation_of(members), kind)
        except RequestRefused as refused:
            return refusal(refused)

    async def _planned(self, body: bytes) -> Answer | None:
        """Answer by a plan; None where the reference lane is to answer."""
        since = self.statistics.clock()
        if self.plans and self.context.service.is_refusing:
            refused = self.plans.refused(body, self.context.service)
            if refused:
                asked, written = refused
                self.statistics.answered(asked, Outcome.FAILED, since, Lane.PLAN)
                return executed(written.body, written.fields, written.errors, Lane.PLAN)
        prepared = self.plans.prepared(body) if self.plans else None
        if not self.plans or not prepared:
            return None
        written = await self.plans.answer(prepared, self.context)
        lane = Lane.PLAN if written.planned else Lane.REFERENCE
        self.statistics.answered(prepared.asked, outcome_of(written.fields, written.errors), since, lane)
        return executed(written.body, written.fields, written.errors, lane)

    async def _executed(self, operation: Operation, kind: str) -> Answer:
        since = self.statistics.clock()
        result = await self.schema.execute(
            operation.query,
            variable_values=operation.variables,
            context_value=self.context,
            operation_name=operation.operation_name,
        )
        asked = self.schema.asked(operation.query, operation.operation_name)
        outcome = Outcome.REFUSED if is_refused(result) else outcome_of(result.data, result.errors)
        self.statistics.answered(asked, outcome, since)
        return dressed(result, kind)


_NOT_ACCEPTABLE = f"This address answers with {JSON} or {GRAPHQL_RESPONSE}; Accept allows neither."


def _not_acceptable() -> Answer:
    return refusal(RequestRefused(HTTPStatus.NOT_ACCEPTABLE, _NOT_ACCEPTABLE))


def _excuse(error: Exception) -> Answer:
    """Say why a request has no answer."""
    if isinstance(error, RequestRefused):
        return refusal(error)
    return Answer(b"", NOBODY_THERE) if isinstance(error, ClientGone) else failure(error)


class _Door(Response):
    """What a route answers so that the door does: FastAPI sends a response by calling it as an ASGI app."""

    def __init__(self, door: ASGIApp) -> None:
        super().__init__()
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._door(scope, receive, send)


def _is_of_a_browser(scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
    """Tell whether somebody wants to see a page here."""
    return "query" not in _parameters(scope) and wants_html(headers.get(b"accept", b"").decode("latin-1"))


def _parameters(scope: Scope) -> QueryParams:
    return QueryParams(scope["query_string"])


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
