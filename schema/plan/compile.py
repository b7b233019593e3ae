"""The selection of an operation becomes a variant of its plan: what is asked of the models, and how it is written.

All variables but those that hold rows have their values here, so directives and arguments are decided for good.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableDefinitionNode,
    VariableNode,
    get_argument_values,
    get_named_type,
)
from graphql.execution.values import VariableValues

from inference.outputs.output import ListOf
from resolvers.predict import Rows
from schema.metadata import OnError
from schema.plan.collect import Collector
from schema.plan.metadata import Part, part
from schema.plan.mixed import MixedRows, variables_in
from schema.plan.selected import SelectedOutputs
from schema.plan.values import ROW_ERROR, TYPE_NAME, Values
from schema.plan.variant import ERRORS, BatchField, Count, ModelField, Predictive, RowErrors, Variant, Whole
from schema.plan.write import NotExact, Template

Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True)
class Scope:
    """The operation that is compiled, and the values of its variables."""

    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    settings: Sequence[VariableDefinitionNode]
    """The variables that hold no rows."""
    sent: Mapping[str, Any]
    """Their values as the client sent them."""
    values: VariableValues
    """Their values after coercion."""


class Compiler:
    """Compiles the operations of one schema."""

    def __init__(self, schema: GraphQLSchema, models: Mapping[str, ModelField]) -> None:
        self.schema = schema
        self.models = models
        model = schema.type_map["Model"]
        if not isinstance(model, GraphQLObjectType):
            raise TypeError("Model is no object type")
        # All types, because variables of any may be declared.
        self._model_schema = GraphQLSchema(model, types=schema.type_map.values(), directives=schema.directives)

    def variant(self, scope: Scope) -> Variant:
        """Compile an operation. Raises NotExact, or GraphQLError for arguments that do not fit their types."""
        collector = Collector(scope.fragments, scope.values)
        fields: dict[str, bytes | Predictive | None] = {}
        others: list[FieldNode] = []
        mixed: dict[str, MixedRows] = {}
        for key, nodes in collector.root(scope.operation.selection_set).items():
            name = nodes[0].name.value
            if name == TYPE_NAME:
                fields[key] = b'"Query"'
            elif name in self.models:
                fields[key] = self._predictive(self.models[name], nodes, scope, collector, mixed)
            else:
                fields[key] = None
                others += nodes
        metadata = self._part(self.schema, others, scope) if others else None
        asked = {key: field for key, field in fields.items() if isinstance(field, Predictive)}
        openings = {key: _opening(key) for key in fields}
        return Variant(
            fields, metadata, asked, openings, mixed, _whole([*zip(openings.values(), fields.values(), strict=True)])
        )

    def _part(self, schema: GraphQLSchema, nodes: Sequence[FieldNode], scope: Scope) -> Part:
        return part(schema, nodes, scope.fragments.values(), scope.settings, scope.sent)

    def _predictive(
        self,
        field: ModelField,
        nodes: Sequence[FieldNode],
        scope: Scope,
        collector: Collector,
        mixed: dict[str, MixedRows],
    ) -> Predictive:
        rows, given = _arguments(field, nodes[0], scope.values)
        if isinstance(rows, MixedRows):
            key = f"{len(mixed)}"
            mixed[key], rows = rows, key
        outputs = SelectedOutputs(field.types.prediction, collector)
        kind = get_named_type(field.core.type)
        if not isinstance(kind, GraphQLObjectType):
            raise NotExact
        body = (
            self._batch(outputs, nodes, kind, scope, collector) if field.many else Template(outputs.tokens(nodes, kind))
        )
        partial = given.get("onError") is OnError.PARTIAL
        return Predictive(field, nodes, rows, given.get("version"), partial, outputs.wanted, body, _places(nodes))

    def _batch(
        self,
        outputs: SelectedOutputs,
        nodes: Sequence[FieldNode],
        kind: GraphQLObjectType,
        scope: Scope,
        collector: Collector,
    ) -> dict[bytes, BatchField]:
        fields: dict[bytes, BatchField] = {}
        for response_key, below in collector.below(nodes).items():
            opening = _opening(response_key)
            name = below[0].name.value
            own = get_named_type(kind.fields[name].type) if name != TYPE_NAME else None
            if name == TYPE_NAME:
                fields[opening] = orjson.dumps(kind.name)
            elif name == "count":
                fields[opening] = Count()
            elif name == "predictions" and isinstance(own, GraphQLObjectType):
                fields[opening] = Template(outputs.tokens(below, own))
            elif name == ERRORS:
                errors = Values(collector).of(ListOf(ROW_ERROR), kind.fields[name].type, below, (ERRORS,))
                fields[opening] = RowErrors(Template(errors))
            elif name == "model":
                chosen = [node for selected in collector.below(below).values() for node in selected]
                fields[opening] = self._part(self._model_schema, chosen, scope)
            else:
                raise NotExact
        return fields


def _whole(fields: Sequence[tuple[bytes, bytes | Predictive | None]]) -> Whole | None:
    """Put the constant text of an answer together. The fields come with the text of their keys."""
    found = _around(fields, Predictive)
    if found is None:
        return None
    before, field, after = found
    before, after = b'{"data":{' + before, after + b"}}"
    if isinstance(field.body, Template):
        return Whole(before, field.body, after)
    inner = _around([*field.body.items()], Template)
    return inner and Whole(before + b"{" + inner[0] + b"[", inner[1], b"]" + inner[2] + b"}" + after)


def _around(fields: Sequence[tuple[bytes, Any]], kind: type[Kind]) -> tuple[bytes, Kind, bytes] | None:
    """Return the only field of a kind, and the text around it; None where not all others are constants."""
    places = [place for place, (_, field) in enumerate(fields) if not isinstance(field, bytes)]
    if len(places) != 1 or not isinstance(fields[places[0]][1], kind):
        return None
    (place,) = places
    before = b"".join(opening + field + b"," for opening, field in fields[:place])
    after = b"".join(b"," + opening + field for opening, field in fields[place + 1 :])
    opening, field = fields[place]
    return before + opening, field, after


def _places(nodes: Sequence[FieldNode]) -> bytes:
    return orjson.dumps(GraphQLError("", nodes).formatted["locations"])


def _opening(key: str) -> bytes:
    return orjson.dumps(key) + b":"


def _arguments(
    field: ModelField, node: FieldNode, values: VariableValues
) -> tuple[Rows | MixedRows | str, dict[str, Any]]:
    """Return the rows, or the variable that holds them, and the other arguments. Raises GraphQLError, and NotExact."""
    argument = next(one for one in node.arguments or () if one.name.value == field.rows_argument)
    written = argument.value
    found = {*variables_in(written)}
    if not found.isdisjoint(values.sources) or not found:
        given = get_argument_values(field.core, node, values)
        rows = given[field.rows_argument] if field.many else [given[field.rows_argument]]
        return Rows.of([field.types.input.read(row) for row in rows]), given
    others = {name: one for name, one in field.core.args.items() if name != field.rows_argument}
    given = get_argument_values(GraphQLField(field.core.type, others), node, values)
    return written.name.value if isinstance(written, VariableNode) else field.mixed(written), given
