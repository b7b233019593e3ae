"""The plan of an operation: which of its variables hold rows, and a variant for each combination of the others' values.

Variables that hold rows are read anew for each request. The others stand in directives and in arguments such as
`version` or `k`: they are few and seldom change, so the selection is compiled once for each combination of them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    get_variable_values,
    print_ast,
)

from resolvers.predict import Rows
from schema.plan.compile import Compiler, ModelField, Scope, Variant
from schema.plan.read import Given, RowReader
from schema.plan.write import NotExact

MOST_VARIANTS = 1024
"""Of all plans together. One takes some 30 KB."""
LONGEST_SETTINGS = 1024
"""In bytes: other variables than rows that are larger than this together are not worth a variant."""


Settings = tuple[bytes | None, ...]
"""What a request sends in each of the variables that hold no rows; None where it sends nothing."""


class Variants:
    """The variants of all plans. Those that were asked for least lately are forgotten first."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[Plan, Settings], Variant | None] = OrderedDict()

    def of(self, plan: Plan, settings: Settings) -> Variant | None:
        """Return a variant, compiled now or before; None where the reference lane is to answer."""
        key = (plan, settings)
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        variant = self._known[key] = plan.compiled(settings)
        if len(self._known) > MOST_VARIANTS:
            self._known.popitem(last=False)
        return variant


class Plan:
    """One operation of a document."""

    def __init__(
        self,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        compiler: Compiler,
        readers: Mapping[str, RowReader],
        variants: Variants,
    ) -> None:
        """`readers` are those of the input types, by name."""
        self._operation = operation
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._compiler = compiler
        self._predictions = list(_predictions(operation.selection_set, self._fragments, compiler.models))
        self._rows = {
            node.variable.name.value: reader
            for node in operation.variable_definitions or ()
            if (reader := _reader(node, readers))
        }
        self._settings = [
            node for node in operation.variable_definitions or () if node.variable.name.value not in self._rows
        ]
        self._names = [node.variable.name.value for node in self._settings]
        self._declared = {*self._rows, *self._names}
        self._variants = variants

    @property
    def is_useful(self) -> bool:
        """Whether any of its fields is a prediction, and no row is put together of variables.

        Such a row differs from request to request, and a variant would be compiled for each.
        """
        return bool(self._predictions) and not any(map(_has_mixed_rows, self._predictions))

    def rows(self, given: Given) -> dict[str, Rows] | None:
        """Read the variables that hold rows; None where that is to be done by the reference lane."""
        if not self._declared.issuperset(given):
            return None
        try:
            return {name: read(given[name]) for name, read in self._rows.items()}
        except (KeyError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None

    def variant(self, given: Given) -> Variant | None:
        """Return the variant for the variables that hold no rows, None where the reference lane is to answer."""
        settings = tuple([bytes(given[name]) if name in given else None for name in self._names])
        if sum(len(value) for value in settings if value) > LONGEST_SETTINGS:
            return None
        return self._variants.of(self, settings)

    def compiled(self, settings: Settings) -> Variant | None:
        """Compile the variant for some settings; None where the reference lane is to answer."""
        try:
            sent: dict[str, Any] = {
                name: orjson.loads(value)
                for name, value in zip(self._names, settings, strict=True)
                if value is not None
            }
            values = get_variable_values(self._compiler.schema, self._settings, sent)
            if isinstance(values, list):
                return None
            scope = Scope(self._operation, self._fragments, self._settings, sent, values)
            return self._compiler.variant(scope)
        except (orjson.JSONDecodeError, GraphQLError, NotExact):
            return None


def _predictions(
    selection: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], models: Mapping[str, ModelField]
) -> Iterator[FieldNode]:
    """Return the fields that predict, whatever their directives say."""
    selections, seen = [selection], set()
    while selections:
        for node in selections.pop().selections:
            if isinstance(node, FieldNode) and node.name.value in models:
                yield node
            elif isinstance(node, InlineFragmentNode):
                selections.append(node.selection_set)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                selections.append(fragments[node.name.value].selection_set)


def _has_mixed_rows(node: FieldNode) -> bool:
    """Tell whether a field has an argument that is written out, with variables in it."""
    return any(_has_variables(argument.value, below=False) for argument in node.arguments or ())


def _has_variables(value: ValueNode, *, below: bool) -> bool:
    if isinstance(value, ListValueNode):
        return any(_has_variables(item, below=True) for item in value.values)
    if isinstance(value, ObjectValueNode):
        return any(_has_variables(member.value, below=True) for member in value.fields)
    return below and isinstance(value, VariableNode)


def _reader(node: VariableDefinitionNode, readers: Mapping[str, RowReader]) -> Any:
    """Return what reads a variable of rows, None for another one, and for one that may be left out."""
    declared = print_ast(node.type)
    if node.default_value or not declared.endswith("!"):
        return None
    one = readers.get(declared.removesuffix("!"))
    if one:
        return one.one
    many = readers.get(declared.removeprefix("[").removesuffix("!]!"))
    return many.many if many and declared.startswith("[") else None
