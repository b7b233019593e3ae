"""The fields that a selection asks for: fragments unfolded, directives obeyed, the nodes of one field put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    get_directive_values,
)
from graphql.execution.values import VariableValues

Selected = dict[str, list[FieldNode]]
"""The nodes of each field by its response key, in the order of first appearance."""


@dataclass(frozen=True, slots=True)
class Collector:
    """Collects the fields of one operation's selections.

    Only for schemas without interfaces and unions: there the type condition of a valid fragment always holds.
    """

    fragments: Mapping[str, FragmentDefinitionNode]
    variables: VariableValues
    """Those that stand in directives, at least."""

    def root(self, selection: SelectionSetNode) -> Selected:
        """Return the fields of an operation. Raises GraphQLError where a directive cannot be obeyed."""
        return self._collected([selection])

    def below(self, nodes: Iterable[FieldNode]) -> Selected:
        """Return the fields below one field, which may stand in several places. Raises GraphQLError likewise."""
        return self._collected(node.selection_set for node in nodes if node.selection_set)

    def _collected(self, selections: Iterable[SelectionSetNode]) -> Selected:
        fields: Selected = {}
        seen: set[str] = set()  # a fragment adds nothing where it stands again
        for selection in selections:
            self._collect(selection, fields, seen)
        return fields

    def _collect(self, selection: SelectionSetNode, fields: Selected, seen: set[str]) -> None:
        for node in selection.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                fields.setdefault(key, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                self._collect(node.selection_set, fields, seen)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                self._collect(self.fragments[node.name.value].selection_set, fields, seen)

    def _included(self, node: SelectionNode) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        if skip and skip["if"] is True:
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not (include and include["if"] is False)
