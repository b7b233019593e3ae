"""A call for which a model has no room is refused before its rows are read, which is most of what it would cost.

Under overload, time that goes into refusals is lost for answers. So this is asked first, where an operation makes one
call and asks for nothing else; whether its rows fit their type is not looked at then. Any other operation goes the
usual way, on which its calls are refused, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec
import orjson
from graphql import GraphQLError

from inference.errors import Overloaded
from inference.service import InferenceService
from resolvers.predict import Rows
from schema.asked import Asked
from schema.errors import refused_field
from schema.plan.run import Written
from schema.plan.variant import Predictive, Variant

RowsGiven = Mapping[str, msgspec.Raw | memoryview]
"""The texts of the variables of a request, at least of those that hold rows."""

_ROWS = msgspec.json.Decoder(list[msgspec.Raw])
"""Finds where rows begin and end, and looks at none of them."""


class Refused(NamedTuple):
    """A request that is refused."""

    asked: Asked
    """What to count it for."""
    written: Written


class Refusals:
    """Writes refusals; the last one is remembered, for many are the same."""

    def __init__(self) -> None:
        self._last: tuple[Overloaded, Variant, Written] | None = None

    def of(self, asked: Asked, variant: Variant, given: RowsGiven, service: InferenceService) -> Refused | None:
        """Return the refusal of a request; None for one that is to be read."""
        if len(variant.asked) != 1 or variant.metadata:
            return None
        ((key, field),) = variant.asked.items()
        if not (field.wanted.outputs and service.is_crowded(field.model, field.version)):
            return None
        error = service.refusal(field.model, field.version, _count(field, given))
        if error is None:
            return None
        last = self._last
        if last and last[0] is error and last[1] is variant:
            return Refused(asked, last[2])
        written = _written(variant, key, field, refused_field(error, key))
        self._last = error, variant, written
        return Refused(asked, written)


def _written(variant: Variant, key: str, field: Predictive, error: GraphQLError) -> Written:
    """Write the answer, in which the field that predicts is null."""
    body = b'{"errors":[{"message":%b,"locations":%b,"path":%b,"extensions":%b}],"data":{%b}}' % (
        orjson.dumps(error.message),
        field.places,
        orjson.dumps(error.path),
        orjson.dumps(error.extensions),
        b",".join(variant.openings[name] + _text(value) for name, value in variant.fields.items()),
    )
    return Written(body, [error], {name: None if name == key else name for name in variant.fields})


def _text(field: bytes | Predictive | None) -> bytes:
    return field if isinstance(field, bytes) else b"null"


def _count(field: Predictive, given: RowsGiven) -> int:
    """Return how many rows a field has; 0 where that cannot be told before they are read."""
    if isinstance(field.rows, Rows):
        return field.rows.count
    if field.rows not in given:
        return 0
    if not field.field.many:
        return 1
    if field.field.is_numeric:
        return bytes(given[field.rows]).count(b"{")
    try:
        return len(_ROWS.decode(given[field.rows]))
    except msgspec.MsgspecError:
        return 0
