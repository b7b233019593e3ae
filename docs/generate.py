"""Write the tables of docs/card.md from what the code says of each key: python docs/generate.py."""

from __future__ import annotations

import datetime as dt
import json
import sys
import types
import typing
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

PAGE = Path(__file__).parent / "card.md"
sys.path.insert(0, str(PAGE.parents[1]))  # the rooms of this checkout, wherever the script is started

from inference.card import Card, ClassCard, FeatureCard, LimitsCard, OutputCard  # noqa: E402  # after the path to it

BEGIN, END = "<!-- made by docs/generate.py -->", "<!-- end -->"
TABLES: dict[type[BaseModel], str] = {
    Card: "Keys of the card",
    FeatureCard: "Keys of a feature, below `features.<name in training>`",
    ClassCard: "Keys of a class, below `classes.<label in training>`",
    OutputCard: "Keys of an output, each an entry of `outputs`",
    LimitsCard: "Keys below `limits`",
}
_WORDS = {
    str: "text",
    bool: "true or false",
    int: "whole number",
    float: "number",
    dt.datetime: "time",
    dt.date: "day",
    FeatureCard: "keys",
    ClassCard: "keys",
    OutputCard: "keys",
    LimitsCard: "keys",
}


def main() -> None:
    """Write the page anew."""
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def with_tables(page: str) -> str:
    """Return a page with what stands between its marks replaced by the tables."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    tables = "\n".join(_table(title, model) for model, title in TABLES.items())
    return f"{before}{BEGIN}\n\n{tables}\n{END}{after}"


def _table(title: str, model: type[BaseModel]) -> str:
    rows = [("Key", "Value", "What it says", "Example"), ("---",) * 4]
    rows += [
        (f"`{key}`", _type(field.annotation), field.description or "", _example(key, field))
        for key, field in model.model_fields.items()
    ]
    lines = [f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in rows]
    return f"## {title}\n\n" + "\n".join(lines) + "\n"


def _example(key: str, field: FieldInfo) -> str:
    """Write the field's example as YAML in one line, for which JSON does."""
    if not field.examples:
        return ""
    (value,) = field.examples
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"`{key}: {text}`"


def _type(annotation: object) -> str:
    """Say in words what values an annotation allows."""
    kinds = list(dict.fromkeys(_kinds(annotation)))
    if {"whole number", "number"} <= set(kinds):
        kinds.remove("whole number")
    return " or ".join(filter(None, [", ".join(kinds[:-1]), kinds[-1]]))


def _kinds(annotation: object) -> Iterator[str]:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        yield from _kinds(arguments[0])
    elif origin in {typing.Union, types.UnionType}:
        for argument in arguments:
            if argument is not type(None):
                yield from _kinds(argument)
    elif origin is typing.Literal:
        yield from (f"`{value}`" for value in arguments)
    elif origin is tuple:
        yield f"list, each: {_type(arguments[0])}"
    elif origin is dict:
        yield f"by name: {_type(arguments[1])}"
    elif isinstance(annotation, type) and issubclass(annotation, StrEnum):
        yield from (f"`{member}`" for member in annotation)
    else:
        assert isinstance(annotation, type)  # noqa: S101  # a card has no other annotation
        yield _WORDS[annotation]


if __name__ == "__main__":
    main()
