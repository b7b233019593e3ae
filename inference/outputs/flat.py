"""Outputs as columns of plain values, for tables: a record has a column per member, a list one per place.

Any number of labels has a column per label, which says whether it is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inference.outputs.output import Column, Label, ListOf, Output, Record, Scalar, ScalarKind, ValueType


@dataclass(frozen=True, slots=True)
class FlatColumn:
    """One column of plain values."""

    name: str
    kind: ScalarKind


def can_be_flat(output: Output) -> bool:
    """Tell whether an output makes columns of plain values; a list of records does not."""
    return not (isinstance(output.type, ListOf) and isinstance(output.type.item, ListOf | Record))


def flat_columns(output: Output, length: int) -> list[FlatColumn]:
    """Return the columns of an output; `length` is that of its lists."""
    match output.type:
        case Record(members=members):
            return [FlatColumn(f"{output.key}.{member.source}", _kind(member.type)) for member in members]
        case ListOf(item=Label() as label):
            return [FlatColumn(f"{output.key}.{value}", ScalarKind.BOOLEAN) for value in label.values]
        case ListOf(item=item):
            return [FlatColumn(f"{output.key}.{place}", _kind(item)) for place in range(length)]
        case plain:
            return [FlatColumn(output.key, _kind(plain))]


def flatten(output: Output, length: int, values: Column) -> list[Sequence[Any]]:
    """Turn an output's values into its columns. A row without a value has none in all of them."""
    if not isinstance(output.type, Record | ListOf):
        return [values]
    width = len(flat_columns(output, length))
    gap = (None,) * width
    if isinstance(output.type, ListOf) and isinstance(output.type.item, Label):
        labels = output.type.item.values
        values = [None if row is None else [label in row for label in labels] for row in values]
    rows = values if None not in values else [gap if row is None else row for row in values]
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[]] * width


def _kind(value: ValueType) -> ScalarKind:
    if isinstance(value, Scalar):
        return value.kind
    if isinstance(value, Label):
        kinds = {type(one) for one in value.values}
        known = {bool: ScalarKind.BOOLEAN, int: ScalarKind.INTEGER, float: ScalarKind.FLOAT}
        return known.get(kinds.pop(), ScalarKind.STRING) if len(kinds) == 1 else ScalarKind.STRING
    raise TypeError(f"{value} is no plain value")
