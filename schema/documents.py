"""Documents parsed and validated once: clients send the same ones again, and both cost more than a prediction."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import DocumentNode, GraphQLError, GraphQLSchema, parse, validate

from schema.asked import UNKNOWN, Asked, asked_of

MOST_CHARACTERS = 512 * 1024
"""Of all remembered documents together. Parsed, a character takes some 80 bytes."""
LONGEST = 64 * 1024
"""A longer document is not remembered: it would push out many others."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A document, and what validation has against it."""

    document: DocumentNode
    errors: tuple[GraphQLError, ...]
    asked: dict[str | None, Asked] = field(default_factory=dict)
    """What its operations ask for, by the name in the request; filled when it is asked."""


class Documents:
    """The documents of one schema, by their text. Those that were asked for least lately are forgotten first."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._known: OrderedDict[str, Checked] = OrderedDict()
        self._characters = 0

    def checked(self, text: str) -> Checked:
        """Parse and validate a document, or remember what came of it. Raises GraphQLSyntaxError."""
        if text in self._known:
            self._known.move_to_end(text)
            return self._known[text]
        document = parse(text)
        made = Checked(document, tuple(validate(self._schema, document)))
        if len(text) <= LONGEST:
            self._remember(text, made)
        return made

    def asked(self, text: str, name: str | None, models: Mapping[str, str]) -> Asked:
        """Say what an operation of a remembered document asks for. `models` is as for `asked_of`."""
        checked = self._known.get(text)
        if checked is None or checked.errors:
            return UNKNOWN
        if name not in checked.asked:
            found = asked_of(checked.document, name, models)
            if found is UNKNOWN:
                return UNKNOWN  # no such operation; clients may make up any number of names
            checked.asked[name] = found
        return checked.asked[name]

    def _remember(self, text: str, made: Checked) -> None:
        self._known[text] = made
        self._characters += len(text)
        while self._characters > MOST_CHARACTERS:
            forgotten, _ = self._known.popitem(last=False)
            self._characters -= len(forgotten)
