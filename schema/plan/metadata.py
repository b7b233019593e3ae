"""What is known of models, selected in the same operation as predictions: executed by graphql-core, field by field."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DefinitionNode,
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableDefinitionNode,
    execute,
)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Some fields of one object, as an operation of their own."""

    schema: GraphQLSchema
    """Its query type is the object's."""
    document: DocumentNode
    variables: Mapping[str, Any]
    """As the client sent them."""

    async def executed(self, context: object, root: object = None) -> ExecutionResult:
        """Execute the fields. `root` is the object."""
        result = execute(self.schema, self.document, root, context, dict(self.variables))
        return await result if inspect.isawaitable(result) else result


def part(
    schema: GraphQLSchema,
    nodes: Sequence[FieldNode],
    fragments: Iterable[FragmentDefinitionNode],
    declared: Sequence[VariableDefinitionNode],
    variables: Mapping[str, Any],
) -> Part:
    """Cut some fields out of an operation. `declared` are the variables that they may use."""
    operation = OperationDefinitionNode(
        operation=OperationType.QUERY,
        selection_set=SelectionSetNode(selections=tuple(nodes)),
        variable_definitions=tuple(declared),
    )
    definitions: tuple[DefinitionNode, ...] = (operation, *fragments)
    return Part(schema, DocumentNode(definitions=definitions), variables)
