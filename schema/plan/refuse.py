"""A call for which a model has no room is refused before its rows are read, which is most of what it would cost.

Under overload, time that goes into refusals is lost for answers. So this is asked first, where an operation makes one
call and asks for nothing else; whether its rows fit their type is not looked at then. Any other operation goes the
usual way, on which its calls are refused, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import msgspec
import orjson
from graphql import GraphQLError

from inference.refusing import Refusal
from inference.service import InferenceService
from resolvers.predict import Rows
from schema.asked import Asked
from schema.errors import refused_field
from schema.plan.run import Written
from schema.plan.variant import ModelField, Predictive, Variant

RowsGiven = Mapping[str, msgspec.Raw | memoryview]
"""The texts of the variables of a request, at least of those that hold rows."""

_ROWS = msgspec.json.Decoder(list[msgspec.Raw])
"""Finds where rows begin and end, and looks at none of them."""
_MOST_REMEMBERED = 64


@dataclass(slots=True, eq=False)
class Refused:
    """A request that is refused, and others that are like it but for their rows, as long as there is no room."""

    asked: Asked
    """What to count it for."""
    written: Written
    _variant: Variant
    _field: ModelField
    refusal: Refusal
    _around: tuple[bytes, bytes] | None = None
    """The text before and behind the rows, where that is known."""

    def stands_around(self, rows: memoryview, body: bytes, behind: bytes) -> None:
        """Note the text around the rows of a request."""
        if self._around is None:
            self._around = body[: len(body) - len(behind) - len(rows)], behind

    def again(self, body: bytes, now: float) -> bool:
        """Refuse another request; False where it is not like this one, or there may be room for it."""
        if self._around is None or not self.refusal.holds(now):
            return False
        before, behind = self._around
        if not (body.startswith(before) and body.endswith(behind)):
            return False
        return self.refusal.again(_count(self._field, body, len(before), len(body) - len(behind)), now)


class Refusals:
    """Writes refusals; what was written while the same one holds is remembered."""

    def __init__(self) -> None:
        self._last: dict[tuple[int, Asked], Refused] = {}
        """The last one of each variant, by its identity: it has no hash."""

    def of(self, asked: Asked, variant: Variant, given: RowsGiven, service: InferenceService) -> Refused | None:
        """Return the refusal of a request; None for one that is to be read."""
        if len(variant.asked) != 1 or variant.metadata:
            return None
        ((key, field),) = variant.asked.items()
        if not field.wanted.outputs:
            return None
        refusal = service.refusal(field.model, field.version, partial(_count_given, field, given))
        if refusal is None:
            return None
        last = self._last.get((id(variant), asked))
        if last and last.refusal.error is refusal.error:
            return last
        if len(self._last) >= _MOST_REMEMBERED:
            self._last.clear()
        written = _written(variant, key, field, refused_field(refusal.error, key))
        refused = self._last[id(variant), asked] = Refused(asked, written, variant, field.field, refusal)
        return refused


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


def _count_given(field: Predictive, given: RowsGiven) -> int:
    """Return how many rows a field has; 0 where that cannot be told before they are read."""
    if isinstance(field.rows, Rows):
        return field.rows.count
    if field.rows not in given:
        return 0
    if not field.field.many:
        return 1
    text = bytes(given[field.rows])
    return _count(field.field, text, 0, len(text))


def _count(field: ModelField, text: bytes, begin: int, end: int) -> int:
    """Return how many rows a part of a text has; 0 where that cannot be told before they are read."""
    if not field.many:
        return 1
    if field.is_numeric:
        return text.count(b"{", begin, end)
    try:
        return len(_ROWS.decode(memoryview(text)[begin:end]))
    except msgspec.MsgspecError:
        return 0
