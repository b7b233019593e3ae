"""A variable that is one value of a row: read from a request's bytes each time, by a decoder made from its type."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLInputType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    Undefined,
    VariableDefinitionNode,
    get_variable_values,
    type_from_ast,
)

from schema.plan.read import EXACT_FLOAT, EXACT_INTEGER
from schema.plan.write import NotExact

Read = Callable[[msgspec.Raw], Any]

_SCALARS: Mapping[str, Any] = {
    GraphQLFloat.name: EXACT_FLOAT,
    GraphQLInt.name: EXACT_INTEGER,
    GraphQLBoolean.name: bool,
    GraphQLString.name: str,
}


@dataclass(frozen=True, slots=True)
class Cell:
    """How such a variable is read."""

    read: Read
    """Raises what msgspec raises where a value is not certainly right."""
    absent: Any
    """Its value where a request leaves it out: its default, or Undefined."""
    required: bool
    """Whether no request may leave it out."""


def cell_of(node: VariableDefinitionNode, schema: GraphQLSchema) -> Cell:
    """Return how a variable is read. Raises NotExact where it is of a type that is left to the reference lane."""
    kind = type_from_ast(schema, node.type)
    read = _reader(kind)
    required = isinstance(kind, GraphQLNonNull) and node.default_value is None
    if required:
        return Cell(read, Undefined, required)
    values = get_variable_values(schema, [node], {})
    if isinstance(values, list):  # of errors
        raise NotExact
    return Cell(read, _plain(values.coerced.get(node.variable.name.value, Undefined)), required)


def _reader(kind: Any) -> Read:
    named = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    if not isinstance(named, GraphQLEnumType):
        return msgspec.json.Decoder(_type(kind)).decode
    raw: dict[str | None, Any] = {None: None}
    raw |= {name: _plain(named.coerce_input_value(name)) for name in named.values}
    names = Literal[tuple(named.values)]  # type: ignore[valid-type]  # made at run time
    decode = msgspec.json.Decoder(names if named is not kind else names | None).decode
    return lambda value: raw[decode(value)]


def _type(kind: GraphQLInputType | None) -> Any:
    """Return a type as msgspec has it. Raises NotExact."""
    if not isinstance(kind, GraphQLNonNull):
        return _present(kind) | None
    return _present(kind.of_type)


def _present(kind: Any) -> Any:
    if isinstance(kind, GraphQLList):
        return list[_type(kind.of_type)]  # type: ignore[misc]  # made at run time
    known = _SCALARS.get(getattr(kind, "name", ""))
    if known is None:
        raise NotExact
    return known


def _plain(value: Any) -> Any:
    """Return what a model takes for a value after coercion."""
    return value.value if isinstance(value, enum.Enum) else value
