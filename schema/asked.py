"""What an operation asks for, in two words: for those who count operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

ANONYMOUS = "anonymous"
OTHER = "other"
NO_MODEL, SEVERAL_MODELS = "none", "several"


class Asked(NamedTuple):
    """The operation and the model to count a request for."""

    operation: str
    """Its name; "anonymous" where it has none, "other" where it is not known."""
    model: str
    """The model that it predicts with; "none" or "several" where that is not one."""


UNKNOWN = Asked(OTHER, NO_MODEL)
"""Of what cannot be read, or is not remembered."""


def asked_of(document: DocumentNode, name: str | None, models: Mapping[str, str]) -> Asked:
    """Say what the operation with this name asks for. `models` has the model of each field of Query that predicts."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    chosen = next((node for node in operations if name is None or (node.name and node.name.value == name)), None)
    if chosen is None:
        return UNKNOWN
    fragments = {
        node.name.value: node.selection_set for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    asked = {models[field] for field in _fields(chosen.selection_set, fragments, set()) if field in models}
    model = asked.pop() if len(asked) == 1 else SEVERAL_MODELS if asked else NO_MODEL
    return Asked(chosen.name.value if chosen.name else ANONYMOUS, model)


def _fields(selections: SelectionSetNode, fragments: Mapping[str, SelectionSetNode], seen: set[str]) -> Iterator[str]:
    """Yield the fields at the root, those of fragments too; each fragment once, as invalid ones may have circles."""
    for node in selections.selections:
        if isinstance(node, FieldNode):
            yield node.name.value
        elif isinstance(node, FragmentSpreadNode):
            spread = node.name.value
            if spread not in seen and spread in fragments:
                seen.add(spread)
                yield from _fields(fragments[spread], fragments, seen)
        else:
            yield from _fields(node.selection_set, fragments, seen)  # type: ignore[attr-defined]  # an inline fragment
