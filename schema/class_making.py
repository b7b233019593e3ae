"""Classes made at run time, as Strawberry wants to see them: annotations, and a field each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple


class FieldOfClass(NamedTuple):
    """One field of a class to be made."""

    python_name: str
    annotation: Any
    field: Any
    """What strawberry.field returned."""


def make_class(name: str, fields: Iterable[FieldOfClass]) -> type:
    """Return a class as if it had been written out with these fields, for strawberry.type or strawberry.input."""
    fields = list(fields)
    body: dict[str, Any] = {field.python_name: field.field for field in fields}
    body["__annotations__"] = {field.python_name: field.annotation for field in fields}
    return type(name, (), body)
