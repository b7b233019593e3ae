"""What a document asks for is measured before validation and execution, whose cost that bounds.

A fragment is measured once, however often it is spread: by fragments, a short document can ask for very much.
"""

from __future__ import annotations

from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSyntaxError,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
)

from schema.errors import TOO_EXPENSIVE
from schema.plan.limits import OperationLimits

_SHORTEN = "Send rows in variables instead of writing them into the document."


class TooExpensive(GraphQLError):
    """A document that asks for more than is allowed: of what, how much is allowed, and what to do."""

    def __init__(self, message: str, node: Node | None = None) -> None:
        super().__init__(message, node, extensions={"code": TOO_EXPENSIVE})


def parsed(text: str, limits: OperationLimits) -> DocumentNode:
    """Parse a document. Raises GraphQLSyntaxError, and TooExpensive where it is too long."""
    if len(text) > limits.characters:
        raise TooExpensive(f"The document has {len(text)} characters; at most {limits.characters} are read. {_SHORTEN}")
    try:
        return parse(text, max_lexical_tokens=limits.tokens, max_comments=limits.tokens)
    except GraphQLSyntaxError as error:
        if error.description.startswith("Document contains more than"):
            message = f"The document has more than {limits.tokens} tokens, or as many comments. {_SHORTEN}"
            raise TooExpensive(message) from None
        raise


def excess(document: DocumentNode, limits: OperationLimits) -> TooExpensive | None:
    """Say of which thing a document asks for too much; None where there is none. It need not be valid."""
    measure = _Measure(document, limits)
    try:
        measure.check()
    except TooExpensive as error:
        return error
    return None


class _Size(NamedTuple):
    fields: int
    depth: int


class _Measure:
    """Measures one document."""

    def __init__(self, document: DocumentNode, limits: OperationLimits) -> None:
        self._limits = limits
        self._operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        self._fragments = {
            node.name.value: node.selection_set
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._sizes: dict[str, _Size] = {}
        """Of fragments."""

    def check(self) -> None:
        """Raise TooExpensive."""
        fields = sum(self._size(node.selection_set, 1).fields for node in self._operations)
        fields += sum(self._fragment(name, 1).fields for name in self._fragments if name not in self._sizes)
        if fields > self._limits.fields:
            raise TooExpensive(
                f"The document selects {fields} fields, with those of its fragments wherever they are spread; at most"
                f" {self._limits.fields} are accepted. Ask for fewer, or in several requests."
            )
        for operation in self._operations:
            self._check_root(operation)

    def _check_root(self, operation: OperationDefinitionNode) -> None:
        keys: set[str] = set()
        selections, seen = [operation.selection_set], set[str]()
        while selections:
            for node in selections.pop().selections:
                if isinstance(node, FieldNode):
                    keys.add(node.alias.value if node.alias else node.name.value)
                elif not isinstance(node, FragmentSpreadNode):
                    selections.append(node.selection_set)  # type: ignore[attr-defined]  # an inline fragment
                elif node.name.value not in seen and node.name.value in self._fragments:
                    seen.add(node.name.value)
                    selections.append(self._fragments[node.name.value])
        if len(keys) > self._limits.root_fields:
            raise TooExpensive(
                f"The operation has {len(keys)} fields at its root; at most {self._limits.root_fields} are accepted."
                " Send many rows to one batch field, or send several requests.",
                operation,
            )

    def _size(self, selections: SelectionSetNode, depth: int) -> _Size:
        """Measure a selection that stands in `depth - 1` others. Raises TooExpensive where that is too deep."""
        self._check_depth(depth, selections)
        fields, deepest = 0, 0
        for node in selections.selections:
            if isinstance(node, FragmentSpreadNode):
                size = self._fragment(node.name.value, depth + 1)
            else:
                below: SelectionSetNode | None = node.selection_set  # type: ignore[attr-defined]  # a field's or an inline fragment's
                size = self._size(below, depth + 1) if below else _Size(0, 0)
            fields += 1 + size.fields
            deepest = max(deepest, size.depth)
        return _Size(fields, deepest + 1)

    def _fragment(self, name: str, depth: int) -> _Size:
        known = self._sizes.get(name)
        if known is not None:
            self._check_depth(depth + known.depth - 1, self._fragments[name])
            return known
        if name not in self._fragments:
            return _Size(0, 0)  # as validation will say
        self._sizes[name] = _Size(0, 1)  # where it is spread within itself, which validation refuses
        size = self._sizes[name] = self._size(self._fragments[name], depth)
        return size

    def _check_depth(self, depth: int, node: Node) -> None:
        if depth > self._limits.depth:
            raise TooExpensive(
                f"Selections stand more than {self._limits.depth} deep in one another, those of fragments among them."
                " Ask for less at once.",
                node,
            )
