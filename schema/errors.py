"""The only place where an error becomes a GraphQL error: its code, its message, and what a client may not see."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError

from inference.errors import ErrorCode, InvalidRows, Overloaded, RequestError, RowError

logger = logging.getLogger(__name__)

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
TOO_EXPENSIVE = "OPERATION_TOO_EXPENSIVE"
INTERNAL = "INTERNAL_SERVER_ERROR"

FieldNames = Mapping[str, Mapping[str, str]]
"""By GraphQL field of Query: from a feature's source to its GraphQL name."""


def dressed(error: GraphQLError, names: FieldNames, *, before_execution: bool) -> GraphQLError:
    """Return the error as a client is to see it: with a code, and masked where nobody foresaw it."""
    if "code" in (error.extensions or {}):
        return error
    cause = _cause(error)
    if isinstance(cause, RequestError):
        return _with(error, str(cause), _foreseen(cause, error, names))
    if isinstance(error, GraphQLSyntaxError):
        return _with(error, error.message, {"code": PARSE_FAILED})
    if cause is None and before_execution:
        return _with(error, error.message, {"code": VALIDATION_FAILED})
    if cause is None or isinstance(cause, GraphQLError):
        # It is about variables or arguments that do not fit their types, or about an answer that does not fit its own:
        # this one is raised on a path, where no document is known.
        is_answer = error.path and cause and not cause.nodes
        code = ErrorCode.PREDICTION_FAILED if is_answer else ErrorCode.BAD_USER_INPUT
        return _with(error, error.message, {"code": code.value})
    return masked(error, cause)


def _cause(error: GraphQLError) -> BaseException | None:
    """Return what a resolver raised: core wraps it once per layer."""
    cause: BaseException | None = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _foreseen(cause: RequestError, error: GraphQLError, names: FieldNames) -> dict[str, Any]:
    extensions: dict[str, Any] = {"code": cause.code.value}
    if isinstance(cause, InvalidRows):
        fields = names.get(root_field(error), {})
        extensions["errors"] = [_row(row, fields) for row in cause.errors]
    if isinstance(cause, Overloaded):
        extensions["retryAfterMs"] = cause.retry_after_ms
    return extensions


def refused_field(error: Overloaded, key: str) -> GraphQLError:
    """Return the error of a field at the root that was refused, without its places in the document.

    To find them takes longer than to refuse.
    """
    placeless = GraphQLError("", path=[key])
    return _with(placeless, str(error), _foreseen(error, placeless, {}))


def retry_after_ms(error: GraphQLError) -> int | None:
    """Return in how many milliseconds a refused call may be sent again; None for an error of another kind."""
    return (error.extensions or {}).get("retryAfterMs")


def root_field(error: GraphQLError) -> str:
    """Return the name of the field of Query where the error arose, behind any alias."""
    return error.nodes[0].name.value if error.nodes else ""  # type: ignore[attr-defined]  # an error in a field has that field's node


def _row(row: RowError, fields: Mapping[str, str]) -> dict[str, Any]:
    field = fields.get(row.field, row.field) if row.field else None
    return {"index": row.index, "field": field, "code": row.code.value, "message": row.message}


def masked(error: GraphQLError, cause: BaseException) -> GraphQLError:
    """Return the error as one of the server's own; what it was stands in the log."""
    error_id = uuid.uuid4().hex
    logger.error("errorId %s, at %s", error_id, error.path, exc_info=cause)
    sentence = f"The server failed on this. Its log says why, under {error_id}."
    return _with(error, sentence, {"code": INTERNAL, "errorId": error_id})


def _with(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )


def dressed_all(
    errors: Iterable[GraphQLError] | None, names: FieldNames, *, before_execution: bool
) -> list[GraphQLError] | None:
    """Dress all errors of a result; None where there are none."""
    return [dressed(error, names, before_execution=before_execution) for error in errors or ()] or None
