"""Rows that a document writes out with variables in them: constant columns, and gaps that each request fills."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from graphql import (
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    ListValueNode,
    Node,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_nullable_type,
    is_non_null_type,
)
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal

from resolvers.predict import Rows
from schema.inputs import InputType
from schema.plan.write import NotExact

Sent = Mapping[str, Any]
"""What a request sends, by variable: its Rows, or its value after coercion, Undefined where it is left out."""


def variables_in(node: Node, besides: Collection[int] = ()) -> Iterator[str]:
    """Yield the variables that stand in a part of a document; not those in nodes with the ids `besides`."""
    if isinstance(node, VariableNode):
        yield node.name.value
    for key in node.keys:
        below = getattr(node, key)
        for one in below if isinstance(below, tuple) else (below,):
            if isinstance(one, Node) and id(one) not in besides:
                yield from variables_in(one, besides)


class _Gap(NamedTuple):
    """A place that a variable fills."""

    held_by: int
    """The list that the place is in."""
    place: int
    variable: str
    needed: bool
    """Whether null does not fit there."""


class MixedRows:
    """The rows of one argument.

    What is left out of a request leaves a gap as it is: there stands what the reference lane would take instead.
    """

    def __init__(self, node: ValueNode, core: GraphQLInputObjectType, types: InputType) -> None:
        """`node` is a row or a list of them. Raises NotExact where one cannot be read."""
        self._core = core
        self._types = types
        nodes = node.values if isinstance(node, ListValueNode) else (node,)
        self._count = len(nodes)
        self._gaps: list[_Gap] = []
        self._whole = [
            (row, written.name.value) for row, written in enumerate(nodes) if isinstance(written, VariableNode)
        ]
        self._lists: list[list[Any]] = [[None] * self._count for _ in types.names]
        """The columns, and then lists that are values themselves."""
        self._nested: list[tuple[int, int, int]] = []
        """Which place of which column holds which of those."""
        for row, written in enumerate(nodes):
            if isinstance(written, ObjectValueNode):
                self._read(row, {member.name.value: member.value for member in written.fields})

    def filled(self, sent: Sent) -> Rows:
        """Return the rows of a request. Raises NotExact where a null does not fit."""
        lists = [values.copy() for values in self._lists]
        for held_by, place, variable, needed in self._gaps:
            value = sent[variable]
            if value is None and needed:
                raise NotExact
            if value is not Undefined:
                lists[held_by][place] = value
        columns = lists[: len(self._types.names)]
        for place, row, held in self._nested:
            columns[place][row] = lists[held]
        for row, variable in self._whole:
            for column, values in zip(columns, sent[variable].columns, strict=True):
                column[row] = values[0]
        return Rows(columns, self._count)

    def _read(self, row: int, members: Mapping[str, ValueNode]) -> None:
        """Read a row: the values that stand there for good, and the gaps."""
        fixed: dict[str, Any] = {}
        for place, name in enumerate(self._types.names.values()):
            field, written = self._core.fields[name], members.get(name)
            value = coerce_default_value(field) if written is None else self._value(written, field, place, row)
            if value is not Undefined:
                fixed[name] = value
        for column, value in zip(self._lists, self._types.read(fixed), strict=False):  # more lists than columns
            column[row] = value

    def _value(self, written: ValueNode, field: GraphQLInputField, column: int, row: int) -> Any:
        """Return what stands at a member for good, before there are variables."""
        if isinstance(written, VariableNode):
            self._add_gap(column, row, written, field.type)
            return coerce_default_value(field)
        if isinstance(written, ListValueNode) and any(variables_in(written)):
            self._nested.append((column, row, len(self._lists)))
            self._lists.append(self._items(written, field))
            return Undefined
        return _coerced(written, field.type)

    def _items(self, written: ListValueNode, field: GraphQLInputField) -> list[Any]:
        kind = get_nullable_type(field.type)
        if not isinstance(kind, GraphQLList):
            raise NotExact
        items: list[Any] = []
        for place, item in enumerate(written.values):
            if isinstance(item, VariableNode):
                self._add_gap(len(self._lists), place, item, kind.of_type)
                items.append(None)
            else:
                items.append(_coerced(item, kind.of_type))
        return items

    def _add_gap(self, held_by: int, place: int, node: VariableNode, kind: GraphQLInputType) -> None:
        self._gaps.append(_Gap(held_by, place, node.name.value, is_non_null_type(kind)))


def _coerced(written: ValueNode, kind: GraphQLInputType) -> Any:
    value = coerce_input_literal(written, kind)
    if value is Undefined:
        raise NotExact
    return value
