"""Enums made from class labels and from categories."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import strawberry

from schema.names import enum_value_name

MOST_ENUM_VALUES = 64
"""More values than this make a String: an enum that nobody can read helps nobody."""


@dataclass(frozen=True, slots=True)
class EnumValue:
    """One value of an enum: the raw text it stands for, and what a person said of it."""

    raw: str
    description: str | None = None


def enum_of(name: Callable[[], str], values: Sequence[EnumValue], description: str) -> type[enum.Enum] | None:
    """Return a Strawberry enum whose members' values are the raw texts; its name is taken only if it is made.

    None where there are too many of them, or where two would have one name: then a String serves.
    """
    members = {enum_value_name(value.raw): value for value in values}
    if not values or len(values) > MOST_ENUM_VALUES or len(members) < len(values):
        return None
    definitions: dict[str, Any] = {
        member: strawberry.enum_value(value.raw, description=_description(member, value))
        for member, value in members.items()
    }
    made = enum.Enum(name(), definitions)  # type: ignore[misc]  # members come at run time
    return strawberry.enum(made, description=description)


def _description(member: str, value: EnumValue) -> str | None:
    """Say the raw text where the name alone does not tell it."""
    parts = [value.raw] if value.raw != member else []
    return " · ".join([*parts, *([value.description] if value.description else [])]) or None
