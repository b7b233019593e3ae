"""A request's bytes become typed columns, in one pass over the rows.

What is decoded here without an error is what the reference lane would have coerced to the same values. Whatever else a
client sends, from a wrong type to a member that nobody knows, is no error here: the reference lane says what it is.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec
import orjson
from graphql import GraphQLInputField, GraphQLInputObjectType, Undefined
from graphql.utilities.coerce_input_value import coerce_default_value

from inference.card import FeatureType
from resolvers.predict import Rows
from schema.inputs import InputType
from schema.plan.write import INT32

Given = Mapping[str, msgspec.Raw]
"""The variables of a request, by name, not yet decoded."""

SHORTEST_REPEAT = 6
"""In bytes: a variable that is repeated and was no JSON the first time, and the comma that is not there: `"":"?"`."""

_TEXTS = 256
"""How many queries are remembered with their lengths, and how many characters they have at most."""
_LONGEST_TEXT = 4096

EXACT_FLOAT = Annotated[float, msgspec.Meta(gt=-(2**53), lt=2**53)]
"""Beyond, whole numbers lose their last digits, which GraphQL refuses; and numbers with a point do not."""

EXACT_INTEGER = Annotated[int, msgspec.Meta(ge=INT32[0], le=INT32[1])]

_TYPES: Mapping[FeatureType, Any] = {
    FeatureType.FLOAT: EXACT_FLOAT,
    FeatureType.INTEGER: EXACT_INTEGER,
    FeatureType.BOOLEAN: bool,
    FeatureType.CATEGORY: str,
    FeatureType.TEXT: str,
    FeatureType.VECTOR: list[EXACT_FLOAT],
}


class Envelope(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A request for one operation. `operationName` and `extensions` may be left out."""

    query: str
    variables: dict[str, msgspec.Raw] | None = None
    operation_name: str | None = msgspec.field(default=None, name="operationName")
    extensions: dict[str, Any] | None = None


class EnvelopeReader:
    """Reads requests, up to their variables."""

    def __init__(self) -> None:
        self._decoder = msgspec.json.Decoder(Envelope)
        self._written_length = lru_cache(_TEXTS)(_written_length)

    def read(self, body: bytes) -> Envelope | None:
        """Return a request, None where it is to be read by the reference lane."""
        try:
            envelope = self._decoder.decode(body)
            if self._may_repeat_a_key(envelope, len(body)):
                orjson.loads(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, orjson.JSONDecodeError, RecursionError):
            return None
        return envelope

    def _may_repeat_a_key(self, envelope: Envelope, length: int) -> bool:
        """Tell whether there is room for a variable that was passed over without a look, as its key came again later.

        Hardly ever, in what programs write: all that was read, written again without blanks, is as long as the body.
        """
        for name, raw in (envelope.variables or {}).items():
            length -= len(name) + len(raw) + len('"":,')
        written = self._written_length if len(envelope.query) <= _LONGEST_TEXT else _written_length
        shortest = written(envelope.query, envelope.operation_name, envelope.variables is not None)
        if envelope.extensions is not None:
            shortest += len(orjson.dumps(envelope.extensions)) + len(',"extensions":')
        return length - shortest >= SHORTEST_REPEAT


def _written_length(query: str, operation_name: str | None, has_variables: bool) -> int:  # noqa: FBT001  # of a cache
    """Return how long a request is without its variables, written without blanks."""
    members: dict[str, Any] = {"query": query, "operationName": operation_name, "variables": {}}
    if operation_name is None:
        del members["operationName"]
    if not has_variables:
        del members["variables"]
    return len(orjson.dumps(members))


class RowReader:
    """Reads the rows of one model's input type."""

    def __init__(
        self, types: InputType, features: Iterable[tuple[str, FeatureType]], core: GraphQLInputObjectType
    ) -> None:
        """`features` are the sources and types of the features, in training order."""
        features = list(features)
        fields = [
            _field(f"feature_{place}", core.fields[types.names[source]], _type(kind, types.enums.get(source)))
            for place, (source, kind) in enumerate(features)
        ]
        row = msgspec.defstruct(
            core.name,
            fields,
            rename={field[0]: types.names[source] for field, (source, _) in zip(fields, features, strict=True)},
            kw_only=True,  # else none without a default may follow one that has one
            forbid_unknown_fields=True,
            gc=False,
        )
        self.name = core.name
        self._one = msgspec.json.Decoder(row)
        self._many = msgspec.json.Decoder(list[row])  # type: ignore[valid-type]  # made at run time
        self._columns = _columns_reader([field[0] for field in fields])
        self._raw = [
            (place, _raw_values(values))
            for place, (source, _) in enumerate(features)
            if (values := types.enums.get(source))
        ]

    def one(self, raw: msgspec.Raw | memoryview) -> Rows:
        """Read one row. Raises what msgspec raises."""
        return self._rows([self._one.decode(raw)])

    def many(self, raw: msgspec.Raw | memoryview) -> Rows:
        """Read a list of rows. Raises what msgspec raises."""
        return self._rows(self._many.decode(raw))

    def _rows(self, rows: Sequence[msgspec.Struct]) -> Rows:
        columns = self._columns(rows)
        for place, raw in self._raw:
            columns[place] = [raw[value] for value in columns[place]]
        return Rows(columns, len(rows), typed=True)


def _type(kind: FeatureType, values: type[enum.Enum] | None) -> Any:
    return Literal[tuple(values.__members__)] if values else _TYPES[kind]


def _field(name: str, core: GraphQLInputField, kind: Any) -> tuple[Any, ...]:
    """Return a field of a row as msgspec wants it: with the default that GraphQL takes where it is left out."""
    default = coerce_default_value(core)
    nullable = not str(core.type).endswith("!")
    kind = kind | None if nullable else kind
    if isinstance(default, enum.Enum):
        default = default.name
    if default is not Undefined:
        return (name, kind, default)
    return (name, kind, None) if nullable else (name, kind)


def _columns_reader(names: Sequence[str]) -> Callable[[Sequence[Any]], list[list[Any]]]:
    """Make the function that turns rows into columns. Written out, attributes are read twice as quick as by getters."""
    columns = ", ".join(f"[row.{name} for row in rows]" for name in names)
    made: Callable[[Sequence[Any]], list[list[Any]]] = eval(f"lambda rows: [{columns}]")  # noqa: S307  # our own names
    return made


def _raw_values(values: type[enum.Enum]) -> dict[str | None, Any]:
    """Return what the model takes for each value of an enum, and for none."""
    return {None: None, **{name: member.value for name, member in values.__members__.items()}}
