"""The door /graphql: operations by POST and GET, and GraphiQL for browsers. It speaks ASGI itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from server.accept import GRAPHQL_RESPONSE, JSON, media_type, wants_html
from server.answer import HTML, NOBODY_THERE, Answer, excuse, refusal
from server.body import RequestRefused, check_content_type, operation_of_parameters, read_body
from server.disconnect import ClientGone, while_connected
from server.metrics.traffic import ABORTED, Traffic
from server.operations import Cancellable, Done, Operations, give

PATH = "/graphql"
_ACCEPT_HEADERS = 256
"""How many different Accept headers are remembered with what they mean: clients send few."""


def _remembering() -> Callable[[bytes], str | None]:
    return lru_cache(_ACCEPT_HEADERS)(lambda accept: media_type(accept.decode("latin-1")))


@dataclass(frozen=True, slots=True)
class GraphQLDoor:
    """Answers GraphQL requests. An ASGI app."""

    operations: Operations
    page: str | None
    """GraphiQL's HTML, or None where browsers get none."""
    max_body_bytes: int
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
                answer = self._page()
            else:
                answer = await self._received(scope, receive, headers)
            status = answer.status
            await answer.send(send)
            self.traffic.passes(0, len(answer.body))
        finally:
            self.traffic.ends(status)

    def begin(self, headers: Mapping[bytes, bytes], body: bytes, done: Done) -> Cancellable | None:
        """Answer a request that is there as a whole, as `Operations.begin` does. Its traffic is for others to count."""
        kind = self._media_type(headers.get(b"accept", b""))
        if kind is None:
            done(_not_acceptable())
            return None
        try:
            check_content_type(headers.get(b"content-type", b""))
        except RequestRefused as refused:
            give(refusal(refused), kind, done)
            return None
        return self.operations.begin(body, kind, done)

    def refused_again(self, headers: Mapping[bytes, bytes], body: bytes) -> Answer | None:
        """Refuse a request that is like the last one that was refused; None where it is to `begin`.

        Both are counted, it and its traffic.
        """
        kind = self._media_type(headers.get(b"accept", b""))
        if kind is None or headers.get(b"content-type") != b"application/json":
            return None
        answer = self.operations.refused_again(body, kind)
        if answer is not None:
            self.traffic.answers(answer.status, len(body), len(answer.body))
        return answer

    def _page(self) -> Answer:
        if self.page is None:
            return refusal(RequestRefused(HTTPStatus.NOT_FOUND, "GraphiQL is switched off here."))
        return Answer(self.page.encode(), kind=HTML)

    async def _received(self, scope: Scope, receive: Receive, headers: Mapping[bytes, bytes]) -> Answer:
        """Answer a request that is still to be read."""
        kind = self._media_type(headers.get(b"accept", b""))
        if kind is None:
            return _not_acceptable()
        try:
            if scope["method"] == "GET":
                work = self.operations.executed(operation_of_parameters(_parameters(scope)), kind)
            else:
                check_content_type(headers.get(b"content-type", b""))  # first, for a body that is no JSON may be large
                body = await read_body(receive, int(headers.get(b"content-length", 0)), self.max_body_bytes)
                self.traffic.passes(len(body), 0)
                work = self.operations.answer(body, kind)
            answer = await while_connected(receive, work)
        except ClientGone:
            answer = Answer(b"", NOBODY_THERE)
        except Exception as error:  # noqa: BLE001  # whatever it is, the client hears of it, and no more than it may
            answer = excuse(error)
        answer.kind = kind
        return answer


_NOT_ACCEPTABLE = f"This address answers with {JSON} or {GRAPHQL_RESPONSE}; Accept allows neither."


def _not_acceptable() -> Answer:
    return refusal(RequestRefused(HTTPStatus.NOT_ACCEPTABLE, _NOT_ACCEPTABLE))


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
