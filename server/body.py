"""From a request's bytes to the operation that it asks for. Whatever is wrong with them is said in a RequestRefused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request

JSON_TYPES = frozenset({"application/json", "application/graphql+json"})


class RequestRefused(Exception):
    """A request that holds no operation: no GraphQL was looked at."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Operation:
    """What is to be executed."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


async def read_operation(request: Request, max_bytes: int) -> Operation:
    """Read the operation of a GET or a POST. Raises RequestRefused."""
    if request.method == "GET":
        return _operation(_query_parameters(request.query_params))
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in JSON_TYPES:
        message = f"The body must be application/json, not {media_type or 'without a Content-Type'}."
        raise RequestRefused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, message)
    return _operation(_decoded(await _body(request, max_bytes), "The body"))


async def _body(request: Request, max_bytes: int) -> bytes:
    """Read the body, counting as it arrives: its declared length may be wrong, or missing."""
    chunks: list[bytes] = []
    size = 0
    _check_size(int(request.headers.get("content-length", 0)), max_bytes)
    try:
        async for chunk in request.stream():
            size += len(chunk)
            _check_size(size, max_bytes)
            chunks.append(chunk)
    except ClientDisconnect as error:
        raise RequestRefused(HTTPStatus.BAD_REQUEST, "The connection ended before the body did.") from error
    return b"".join(chunks)


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        message = f"The body is larger than {max_bytes} bytes. Send the rows in several requests."
        raise RequestRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message)


def _query_parameters(parameters: Mapping[str, str]) -> dict[str, Any]:
    members: dict[str, Any] = {name: parameters[name] for name in ("query", "operationName") if name in parameters}
    for name in ("variables", "extensions"):
        if parameters.get(name):
            members[name] = _decoded(parameters[name].encode(errors="replace"), f"The parameter {name}")
    return members


def _decoded(text: bytes, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise RequestRefused(HTTPStatus.BAD_REQUEST, f"{what} is no JSON: {error}.") from error


def _operation(members: Any) -> Operation:
    if isinstance(members, list):
        message = "The body is a list; send one operation, which may hold many fields and batches."
        raise RequestRefused(HTTPStatus.BAD_REQUEST, message)
    if not isinstance(members, dict):
        raise RequestRefused(HTTPStatus.BAD_REQUEST, "The body must be a JSON object with the member query.")
    query = members.get("query")
    if not isinstance(query, str) or not query.strip():
        raise RequestRefused(HTTPStatus.BAD_REQUEST, "The member query must be a string that holds an operation.")
    for name, kind, wanted in (
        ("variables", dict, "an object"),
        ("extensions", dict, "an object"),
        ("operationName", str, "a string"),
    ):
        if members.get(name) is not None and not isinstance(members[name], kind):
            raise RequestRefused(HTTPStatus.BAD_REQUEST, f"The member {name} must be {wanted} or null.")
    return Operation(query, members.get("variables"), members.get("operationName") or None)
