"""Requests made at random from a schema: most are right, and some are wrong in every way that clients think of.

One seed gives one document, and the bodies of some requests for it, so that whatever is found can be found again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

from tests.schema.plan.chance import BROKEN, ENDINGS, KNOWN, NUMBERS, TEXTS, WRONG, Chance, Json

CHANGING = {"live", "uptimeSeconds"}
"""Fields that answer something else each time."""
NAMES = ("a", "b", "label", "data", "x_1")

_MOST_ROWS = 5
_MANY_ROWS = (25, 70)
"""Now and then: from 32 on, columns are arrays."""


@dataclass(frozen=True)
class _Variable:
    """A variable that a document declares."""

    text: str
    """Its type."""
    kind: Any
    """Its type in the schema, None for a truth value."""
    default: str | None


class Maker(Chance):
    """Makes requests for one document."""

    def __init__(self, schema: GraphQLSchema, seed: int) -> None:
        super().__init__(seed)
        self.schema = schema
        self._sends = False
        """Whether values are made for a body, not for the document."""
        self._declared: dict[str, _Variable] = {}
        self._fragments: dict[str, str] = {}
        self.odd = self.chance(0.2)
        self.tidy = self.chance(0.5)
        self._mixing = self.pick((0.02, 0.02, 0.3, 0.9))
        """How often a value in a row that is written out is a variable."""

    def bodies(self, count: int) -> list[bytes]:
        """Return the bytes of some requests."""
        query, names = self._document()
        self._sends = True
        return [self._body(query, self.pick(names)) for _ in range(count)]

    def _body(self, query: str, name: str | None) -> bytes:
        self.odd = self.chance(0.3)
        members: dict[str, Any] = {"query": query}
        values = self._values()
        if values or self.chance(0.3):
            members["variables"] = values
        if name is not None or self.chance(0.1):
            members["operationName"] = self.pick((None, "", "Nope", "Other")) if self.oddly(0.06) else name
        if self.chance(0.1):
            members["extensions"] = self.pick(({}, None, {"a": [1, {"b": None}]}))
        if self.oddly(0.1):
            members[self.pick(("variables", "operationName", "extensions", "other", "query"))] = Json(self.pick(WRONG))
        body = self.json(members).encode("utf-8", "surrogatepass")
        if self.oddly(0.03):
            body = self.pick((b"\xef\xbb\xbf" + body, body[:-1], body.replace(b"a", b"\xff", 1), b"[" + body + b"]"))
        return body + self.pick(ENDINGS) if self.oddly(0.03) else body

    def _values(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, variable in self._declared.items():
            if not (variable.default and self.chance(0.5)) and not self.oddly(0.02):
                values[name] = self._value(variable.kind) if variable.kind else self.pick((True, False))
            if self.oddly(0.03):
                values[self.pick((name, "unknown"))] = Json(self.pick((*WRONG, *BROKEN)))
        return values

    # --- the document ---

    def _document(self) -> tuple[str, tuple[str | None, ...]]:
        """Return a document, and the names by which it may be asked for."""
        assert self.schema.query_type
        name = self.pick((None, None, "Q", "Named"))
        selection = self._selection(self.schema.query_type, 0)
        declared = ", ".join(
            f"${name}: {variable.text}{f' = {variable.default}' if variable.default else ''}"
            for name, variable in self._declared.items()
        )
        written = "" if not (name or declared) and self.chance(0.5) else f"query {name or ''}"
        operation = f"{written}{f'({declared})' if declared else ''} {self._excessive(selection)}"
        parts = [operation, *self._fragments.values()]
        if name and self.chance(0.2):
            parts.insert(self.random.randint(0, len(parts)), "query Other { __typename }")
        elif self.oddly(0.05):
            parts.append(self.pick(("query Other { nope }", "{ __typename }", "fragment F on Query { __typename }")))
        alone = len(parts) == 1 + len(self._fragments)
        self.random.shuffle(parts)
        return "\n".join(parts), (name, None) if alone else (name,)

    def _excessive(self, selection: str) -> str:
        """Make now and then more of a selection than is allowed, or all that is."""
        if not self.chance(0.01):
            return selection
        many = self.random.choice((98, 101, 120))
        return self.random.choice(
            (
                f"{'{ ... ' * 15}{selection}{'}' * 15}",
                f"{'{ ... ' * 30}{selection}{'}' * 30}",
                f"{{ {' '.join(f'a{number}: __typename' for number in range(many))} ... {selection} }}",
                f"{{ {'__typename ' * 2001} }}",
            )
        )

    def _selection(self, kind: GraphQLObjectType, depth: int) -> str:
        names = [name for name in kind.fields if name not in CHANGING] + ["__typename"]
        many = self.random.randint(1, 3 if depth == 0 else 5)
        if depth == 0:  # predictions, mostly
            plain = {"models", "model", "server"}
            names = [name for name in names if name not in plain or self.chance(0.15)]
        return f"{{ {' '.join(self._selected(kind, self.pick(names), depth) for _ in range(many))} }}"

    def _selected(self, kind: GraphQLObjectType, name: str, depth: int) -> str:
        text: str = self._field(kind, name, depth)
        if self.oddly(0.01):
            text = self.random.choice(
                ("nope", "label { a }", "__schema { queryType { name } }", "...Nope", f"{text} @nope", "")
            )
        if not self.chance(0.25):
            return text
        directive = self._directive()
        shape = self.random.randrange(4)
        if shape == 0:
            return f"... on {kind.name}{directive} {{ {text} }}"
        if shape == 1:
            return f"...{directive or ' '} {{ {text} {self._field(kind, name, depth)} }}"
        if shape == 2:
            return f"... {{ ... on {kind.name}{directive} {{ {text} }} }}"
        fragment = f"F{len(self._fragments)}"
        self._fragments[fragment] = f"fragment {fragment} on {kind.name} {{ {text} }}"
        return f"...{fragment}{directive} ...{fragment}" if self.chance(0.3) else f"...{fragment}{directive}"

    def _field(self, kind: GraphQLObjectType, name: str, depth: int) -> str:
        if name == "__typename":
            return self.random.choice(("__typename", "t: __typename"))
        wanted: GraphQLField = kind.fields[name]
        arguments = self._arguments(wanted.args)
        # The same field under the same alias with other arguments would be a conflict, as would another field.
        alias = ""
        if arguments and not self.oddly(0.05):
            alias = f"{self.pick(NAMES)}{self.random.randrange(10**6)}: "
        elif self.chance(0.2):
            alias = f"{name}_{self.pick(NAMES)}: "
        elif self.oddly(0.05):
            alias = f"{self.pick(NAMES)}: "
        below = get_named_type(wanted.type)
        selection = f" {self._selection(below, depth + 1)}" if isinstance(below, GraphQLObjectType) else ""
        directive = self._directive() if self.chance(0.08) else ""
        return f"{alias}{name}{f'({arguments})' if arguments else ''}{directive}{selection}"

    def _directive(self) -> str:
        if self.chance(0.5):
            return ""
        written = self._given("Boolean!") if self.chance(0.5) else self.pick(("true", "false"))
        return f" @{self.pick(('skip', 'include'))}(if: {written})"

    def _arguments(self, arguments: Mapping[str, GraphQLArgument]) -> str:
        written = []
        for name, argument in arguments.items():
            needed = isinstance(argument.type, GraphQLNonNull) and argument.default is None
            if (needed and not self.oddly(0.01)) or self.chance(0.3):
                written.append(f"{name}: {self._argument(argument)}")
        if self.oddly(0.005):
            written.append("nope: 1")
        self.random.shuffle(written)
        return ", ".join(written)

    def _argument(self, argument: GraphQLArgument) -> str:
        rows = isinstance(get_named_type(argument.type), GraphQLInputObjectType)
        if self.chance((0.75 if self._mixing < 0.5 else 0.4) if rows else 0.4):
            return self._given(str(argument.type), argument.type)
        return self._literal(self._value(argument.type), argument.type)

    def _given(self, text: str, kind: Any = None) -> str:
        """Give a value by a variable, a new one or one that there is."""
        known = [name for name, variable in self._declared.items() if variable.text == text]
        if known and self.chance(0.4):
            return f"${self.pick(known)}"
        name = f"{self.pick(('v', 'input', 'k'))}{len(self._declared)}"
        default = None
        if self.chance(0.15):
            text = text.removesuffix("!") if self.chance(0.5) else text
            default = self._literal(self._value(kind), kind) if kind else self.pick(("true", "false"))
        elif self.oddly(0.02):
            text = self.pick((text.removesuffix("!"), "Int!", "[String]"))
        self._declared[name] = _Variable(text, kind, default)
        return f"${name}"

    # --- values ---

    def _value(self, kind: Any) -> Any:
        if self.oddly(0.01):
            return Json(self.pick((*WRONG, *BROKEN)))
        if not isinstance(kind, GraphQLNonNull):
            return None if self.chance(0.1) else self._present(kind)
        return None if self.oddly(0.01) else self._present(kind.of_type)

    def _present(self, kind: Any) -> Any:
        """Return a value that is not null."""
        if isinstance(kind, GraphQLList):
            if self.oddly(0.03):
                return self._value(kind.of_type)
            length = 2 if str(kind) == "[Float!]" else self.random.choice((0, 1, 1, 2, 3, _MOST_ROWS))
            items = [self._value(kind.of_type) for _ in range(length + self.oddly(0.1))]
            if length == _MOST_ROWS and self._sends and self.chance(0.2):
                items = self.random.choices(items, k=self.random.randint(*_MANY_ROWS))
            return items
        if isinstance(kind, GraphQLInputObjectType):
            return self._row(kind.fields)
        if isinstance(kind, GraphQLEnumType):
            return self.pick([*kind.values])
        return self._scalar(str(kind))

    def _row(self, fields: Mapping[str, GraphQLInputField]) -> dict[str, Any]:
        names = [name for name, one in fields.items() if str(one.type).endswith("!") or self.chance(0.7)]
        if self.oddly(0.03):
            names = names[1:]
        self.random.shuffle(names)
        row = {name: self._value(fields[name].type) for name in names}
        if self.oddly(0.02):
            row["nope"] = 1
        return row

    def _scalar(self, kind: str) -> Any:
        if kind == "Float":
            return Json(self.pick(NUMBERS)) if self.chance(0.1) else round(self.random.gauss(0, 2), 3)
        if kind == "Int":
            return Json(self.pick(NUMBERS)) if self.oddly(0.2) else self.random.randint(0, 9)
        if kind == "Boolean":
            return self.pick((True, False))
        return self.pick(KNOWN if self.chance(0.6) else TEXTS)

    def _literal(self, value: Any, kind: Any) -> str:
        """Write a value as GraphQL does."""
        kind = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if isinstance(value, Json):
            return value
        if isinstance(value, list):
            of = kind.of_type if isinstance(kind, GraphQLList) else kind
            return f"[{', '.join(self._item(item, of) for item in value)}]"
        if isinstance(value, dict):
            fields = kind.fields if isinstance(kind, GraphQLInputObjectType) else {}
            return f"{{{', '.join(f'{name}: {self._member(name, item, fields)}' for name, item in value.items())}}}"
        if isinstance(value, str) and isinstance(kind, GraphQLEnumType):
            return value
        return json.dumps(value)

    def _member(self, name: str, value: Any, fields: Mapping[str, GraphQLInputField]) -> str:
        kind = fields[name].type if name in fields else None
        if kind and not isinstance(value, Json) and self.chance(self._mixing):
            optional = fields[name].default is not None and self.chance(0.3)
            return self._given(str(kind).removesuffix("!") if optional else str(kind), kind)
        return self._literal(value, kind)

    def _item(self, value: Any, kind: Any) -> str:
        if not isinstance(value, Json) and self.chance(self._mixing / 2):
            return self._given(str(kind), kind)
        return self._literal(value, kind)
