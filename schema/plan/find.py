"""Documents parsed, measured, validated and planned once: clients send the same ones again, and a row costs less."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, validate

from inference.errors import nearest
from schema.asked import UNKNOWN, Asked, asked_of
from schema.plan.limits import OperationLimits
from schema.plan.measure import excess, parsed
from schema.plan.plan import Plan

MOST_CHARACTERS = 512 * 1024
"""Of all remembered documents together. Parsed and planned, a character takes some 200 bytes."""
LONGEST = 64 * 1024
"""A longer document is not remembered: it would push out many others."""
MOST_ERRORS = 10
"""Of one document. Each may show a literal in full, and there may be one for every member of that literal."""

MakePlan = Callable[[DocumentNode, OperationDefinitionNode], Plan | None]


@dataclass(frozen=True, slots=True)
class Checked:
    """A document, and what is to be done with it."""

    document: DocumentNode
    fault: str | None
    """Why no operation can be chosen."""
    errors: tuple[GraphQLError, ...]
    """What validation has against it, or that it asks for too much."""
    plan: Plan | None
    """None where the reference lane is to execute it."""
    asked: Asked
    """What to count its requests for."""


class Documents:
    """The documents of one schema, by their text and the name of the operation that is meant.

    Those that were asked for least lately are forgotten first.
    """

    def __init__(
        self, schema: GraphQLSchema, models: Mapping[str, str], make_plan: MakePlan, limits: OperationLimits
    ) -> None:
        """`models` has the model of each field of Query that predicts."""
        self._schema = schema
        self._models = models
        self._make_plan = make_plan
        self._limits = limits
        self._known: OrderedDict[tuple[str, str | None], Checked] = OrderedDict()
        self._characters = 0

    def checked(self, text: str, operation_name: str | None) -> Checked:
        """Parse, measure, validate and plan a document, or remember what came of it.

        Raises GraphQLSyntaxError, and TooExpensive where it is too long to be parsed.
        """
        key = (text, operation_name)
        known = self._known.get(key)
        if known is not None:
            self._known.move_to_end(key)
            return known
        made = self._made(parsed(text, self._limits), operation_name)
        if len(text) <= LONGEST:
            self._remember(key, made)
        return made

    def _made(self, document: DocumentNode, name: str | None) -> Checked:
        operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        fault = choice_fault(operations, name)
        too_much = excess(document, self._limits)
        errors = (too_much,) if too_much else tuple(validate(self._schema, document, max_errors=MOST_ERRORS))
        if fault or errors:
            return Checked(document, fault, errors, None, UNKNOWN)
        meant = next(node for node in operations if name is None or (node.name and node.name.value == name))
        plan = self._make_plan(document, meant)
        return Checked(document, None, (), plan, asked_of(document, name, self._models))

    def asked(self, text: str, operation_name: str | None) -> Asked:
        """Say what an operation that was executed lately asks for."""
        known = self._known.get((text, operation_name))
        return known.asked if known else UNKNOWN

    def _remember(self, key: tuple[str, str | None], made: Checked) -> None:
        self._known[key] = made
        self._characters += len(key[0])
        while self._characters > MOST_CHARACTERS:
            forgotten, _ = self._known.popitem(last=False)
            self._characters -= len(forgotten[0])


def choice_fault(operations: list[OperationDefinitionNode], name: str | None) -> str | None:
    """Say why none of a document's operations can be chosen, None where one can. `name` is what the request says."""
    names = [node.name.value for node in operations if node.name]
    if not operations:
        return "The document holds no operation. Write one, such as { models { name } }."
    if name is not None:
        return None if name in names else f"The document has no operation {name!r}{nearest(name, names)}."
    if len(operations) > 1 and len(names) == len(operations):
        return f"The document has the operations {', '.join(names)}. Say which one is meant with operationName."
    return None  # the only one, or several that validation refuses
