"""What the variables of an operation are for: rows, values in rows that the document writes out, and all others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    ArgumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableDefinitionNode,
    VariableNode,
    print_ast,
)

from schema.plan.cells import Cell, Read, cell_of
from schema.plan.mixed import variables_in
from schema.plan.read import RowReader
from schema.plan.variant import ModelField
from schema.plan.write import NotExact

Fragments = Mapping[str, FragmentDefinitionNode]


@dataclass(frozen=True, slots=True)
class Variables:
    """The variables that an operation declares."""

    rows: Mapping[str, Read]
    """Those of an input type, and what reads them."""
    cells: Mapping[str, Cell]
    """Those that are values in rows which are written out."""
    settings: Sequence[VariableDefinitionNode]
    """All others: they stand in directives, and in arguments such as `version` or `k`."""


def variables_of(
    operation: OperationDefinitionNode,
    rows: Iterable[ArgumentNode],
    fragments: Fragments,
    readers: Mapping[str, RowReader],
    schema: GraphQLSchema,
) -> Variables:
    """Sort an operation's variables. `rows` are the arguments that hold rows, `readers` those of the input types.

    Raises NotExact where a value in a row is of a type that is left to the reference lane, or is a setting too.
    """
    declared = {node.variable.name.value: node for node in operation.variable_definitions or ()}
    read = {name: reader for name, node in declared.items() if (reader := _reader(node, readers))}
    rows = list(rows)
    written = {name for one in rows if not isinstance(one.value, VariableNode) for name in variables_in(one.value)}
    cells = written - {*read}
    if cells:
        besides = frozenset(map(id, rows))
        for part in (operation.selection_set, *fragments.values()):
            if not cells.isdisjoint(variables_in(part, besides)):
                raise NotExact
    return Variables(
        read,
        {name: cell_of(declared[name], schema) for name in declared if name in cells},
        [node for name, node in declared.items() if name not in read and name not in cells],
    )


def predictions_of(
    selection: SelectionSetNode, fragments: Fragments, models: Mapping[str, ModelField]
) -> Iterator[FieldNode]:
    """Yield the fields of an operation that predict, whatever their directives say."""
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
