"""An example operation per model: a query that works, with variables, ready to be run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from inference.card import FeatureType
from inference.outputs.output import Label, ListOf, Output, Record, Scalar, ValueType
from inference.signature.feature import Feature
from schema.names import enum_value_name, field_name
from schema.types import ModelTypes

MOST_FIELDS = 12
"""An object with more fields than this is left out of an example, to keep it readable."""


_NUMBERS = re.compile(r"\[[-+.,eE\d\s]*\]")


@dataclass(frozen=True, slots=True)
class Example:
    """An operation and its variables."""

    model: str
    operation: str
    query: str
    variables: Mapping[str, Any]

    @property
    def variables_text(self) -> str:
        """The variables as a person would write them: a list of numbers in one line."""
        text = json.dumps(self.variables, indent=2, ensure_ascii=False)
        return _NUMBERS.sub(lambda numbers: " ".join(numbers[0].split()), text)


def example_of(types: ModelTypes) -> Example:
    """Return the query for one row that selects the most telling outputs."""
    lines = _all_telling(types.prediction.outputs, 2)
    for target, outputs in list(types.prediction.targets.items())[:MOST_FIELDS]:
        lines += [f"    {target} {{", *_all_telling(outputs, 3), "    }"]
    lines = lines or list(_shortened(types.prediction.outputs))
    lines += ["    warnings {", "      field", "      message", "    }"]
    query = "\n".join(
        [
            f"query {types.type_name}($input: {types.type_name}Input!) {{",
            f"  {types.field}(input: $input) {{",
            *lines,
            "  }",
            "}",
        ]
    )
    row = {types.input.names[f.source]: _value(f, types) for f in types.serving.signature.features}
    return Example(types.info.name, types.type_name, query, {"input": row})


def _all_telling(outputs: Mapping[str, Output], depth: int) -> list[str]:
    return [line for name, value in _telling(outputs) for line in _selected(name, value, depth)]


def _telling(outputs: Mapping[str, Output]) -> Iterator[tuple[str, ValueType]]:
    """Leave out what only repeats another output: the raw label, and a ranking of what an object shows in full."""
    in_full = {
        output.methods
        for output in outputs.values()
        if isinstance(output.type, Record) and len(output.type.members) <= MOST_FIELDS
    }
    for name, output in outputs.items():
        if output.name != "raw_label" and not (output.arguments and output.methods in in_full):
            yield name, output.type


def _shortened(outputs: Mapping[str, Output]) -> Iterator[str]:
    """Select the first members of a long object that is all that a model answers."""
    for name, output in outputs.items():
        if isinstance(output.type, Record):
            yield from _selected(name, replace(output.type, members=output.type.members[:MOST_FIELDS]), 2)


def _value(feature: Feature, types: ModelTypes) -> Any:
    if feature.source in types.input.enums:
        return enum_value_name(str(feature.example))
    if feature.type is FeatureType.VECTOR and isinstance(feature.example, tuple):
        return list(feature.example)
    return feature.example


def _selected(name: str, value: ValueType, depth: int) -> list[str]:
    """Return the lines that select a value: a plain one, or an object's. Lists of numbers are left out."""
    indent = "  " * depth
    match value:
        case Scalar() | Label() | ListOf(Label()):
            return [f"{indent}{name}"]
        case ListOf(Record() as record) | (Record() as record) if len(record.members) <= MOST_FIELDS:
            below = [line for m in record.members for line in _selected(field_name(m.source), m.type, depth + 1)]
            return [f"{indent}{name} {{", *below, f"{indent}}}"]
        case ListOf() if name == "vector":
            return [f"{indent}{name}"]
        case _:
            return []
