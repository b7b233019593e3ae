"""A selected value becomes a template's tokens: the constant text of its objects, and gaps for what a model answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import (
    FieldNode,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    is_leaf_type,
)

from inference.outputs.output import BOOLEAN, FLOAT, INTEGER, STRING, Label, ListOf, Member, Record, Scalar, ValueType
from schema.names import field_name
from schema.plan.collect import Collector
from schema.plan.write import (
    Encode,
    Gap,
    NotExact,
    Source,
    Template,
    integers,
    known_values,
    lists_of,
    lists_of_records,
    number_lists,
    number_records,
    numbers,
    strings,
)

Tokens = list[bytes | Gap]
TYPE_NAME = "__typename"

WARNING = Record(
    "input_warning", (Member("field", STRING), Member("code", STRING), Member("message", STRING)), "A warning."
)
"""What is unusual about an input, as the schema's InputWarning has it."""

ROW_ERROR = Record(
    "input_error",
    (Member("index", INTEGER), Member("field", STRING), Member("code", STRING), Member("message", STRING)),
    "Why a row has no prediction.",
)
"""Why a row has no prediction, as the schema's InputError has it."""


def object_tokens(fields: Mapping[str, Tokens]) -> Tokens:
    """Return an object with these values, by response key."""
    tokens: Tokens = []
    for number, (key, value) in enumerate(fields.items()):
        tokens.append((b"," if number else b"{") + orjson.dumps(key) + b":")
        tokens += value
    return [*tokens, b"}"] if fields else [b"{}"]


@dataclass(frozen=True, slots=True)
class Values:
    """Makes the tokens of values as one operation selects them."""

    collector: Collector

    def of(
        self, value: ValueType, kind: GraphQLOutputType, nodes: Sequence[FieldNode], path: tuple[Any, ...]
    ) -> Tokens:
        """Return the tokens of a value of the GraphQL type `kind`. Raises NotExact where it cannot be written."""
        match value:
            case Record():
                return self._record(value, kind, nodes, path)
            case ListOf(Record() as item):
                template = Template(self._record(item, kind, nodes, ()))
                return [b"[", Gap(Source(path, lists_of_records(template))), b"]"]
            case ListOf(item) if item in (FLOAT, BOOLEAN):
                return [b"[", Gap(Source(path, number_lists)), b"]"]
            case ListOf(Scalar() | Label() as item):
                return [b"[", Gap(Source(path, lists_of(_leaf(item, kind)))), b"]"]
            case Scalar() | Label():
                return [Gap(Source(path, _leaf(value, kind)))]
        raise NotExact

    def _record(
        self, record: Record, kind: GraphQLOutputType, nodes: Sequence[FieldNode], path: tuple[Any, ...]
    ) -> Tokens:
        own = get_named_type(kind)
        if not isinstance(own, GraphQLObjectType):
            raise NotExact
        places = {field_name(member.source): place for place, member in enumerate(record.members)}
        alike = Source(path, number_records(len(places))) if path and _all_floats(record) else None
        fields: dict[str, Tokens] = {}
        for key, below in self.collector.below(nodes).items():
            name = below[0].name.value
            if name == TYPE_NAME:
                fields[key] = [orjson.dumps(own.name)]
            elif alike:
                fields[key] = [Gap(alike, places[name])]
            else:
                member = record.members[places[name]]
                fields[key] = self.of(member.type, own.fields[name].type, below, (*path, places[name]))
        return object_tokens(fields)


def _all_floats(record: Record) -> bool:
    return all(member.type == FLOAT for member in record.members)


def _leaf(value: Scalar | Label, kind: GraphQLOutputType) -> Encode:
    if value == STRING:
        return strings()
    if value == INTEGER:
        return integers
    if isinstance(value, Scalar):
        return numbers
    leaf = get_named_type(kind)
    if not is_leaf_type(leaf):
        raise NotExact
    return _labels(value, leaf)


def _labels(label: Label, leaf: GraphQLLeafType) -> Encode:
    """Write each class once, as the schema does it."""

    def written(value: Any) -> bytes:
        return orjson.dumps(leaf.coerce_output_value(value))

    return known_values({value: written(value) for value in label.values}, written)
