"""From a request's bytes to the operation that it asks for. Whatever is wrong with them is said in a RequestRefused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from starlette.types import Receive

JSON_TYPES = frozenset({"application/json", "application/graphql+json"})
MOST_OPERATIONS = 100
"""Of one body that is a list of operations, as some clients send."""


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


def check_content_type(content_type: bytes) -> None:
    """Raise RequestRefused where a body is not said to be JSON."""
    if content_type == b"application/json":
        return
    media_type = content_type.decode("latin-1").partition(";")[0].strip().lower()
    if media_type not in JSON_TYPES:
        message = f"The body must be application/json, not {media_type or 'without a Content-Type'}."
        raise RequestRefused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, message)


async def read_body(receive: Receive, declared: int, max_bytes: int) -> bytes:
    """Read a body, counting as it arrives: its declared length may be wrong, or missing. Raises RequestRefused."""
    chunks: list[bytes] = []
    size = 0
    _check_size(declared, max_bytes)
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RequestRefused(HTTPStatus.BAD_REQUEST, "The connection ended before the body did.")
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        _check_size(size, max_bytes)
        if not message.get("more_body", False):
            return b"".join([*chunks, chunk]) if chunks else chunk
        chunks.append(chunk)


def decoded_body(body: bytes) -> Any:
    """Return what a body says. Raises RequestRefused where it is no JSON."""
    return _decoded(body, "The body")


def operations_of(members: list[Any]) -> list[Any]:
    """Return what a body's list holds. Raises RequestRefused where that is nothing, or too much."""
    if not 0 < len(members) <= MOST_OPERATIONS:
        message = f"The body is a list of {len(members)} operations; send from 1 to {MOST_OPERATIONS}."
        raise RequestRefused(HTTPStatus.BAD_REQUEST, message)
    return members


def operation_of_parameters(parameters: Mapping[str, str]) -> Operation:
    """Return the operation that an address asks for, behind its question mark. Raises RequestRefused."""
    return operation_of(_query_parameters(parameters))


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


def operation_of(members: Any) -> Operation:
    """Return the operation that a JSON value asks for. Raises RequestRefused."""
    if not isinstance(members, dict):
        raise RequestRefused(HTTPStatus.BAD_REQUEST, "An operation must be a JSON object with the member query.")
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
