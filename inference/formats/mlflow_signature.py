"""What an MLflow folder says of its model's input: the signature's columns or tensor, and the input example."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from inference.card import FeatureType
from inference.errors import ArtifactError
from inference.formats.explained import explained
from inference.signature.declared import DeclaredColumn

EXAMPLE: Final = "input_example.json"
_TYPES: Final = {
    "double": FeatureType.FLOAT,
    "float": FeatureType.FLOAT,
    "long": FeatureType.INTEGER,
    "integer": FeatureType.INTEGER,
    "boolean": FeatureType.BOOLEAN,
    "string": FeatureType.TEXT,
}
_MATRIX: Final = 2
"""The rank of a tensor of rows and columns."""


def declared_columns(signature: Mapping[str, Any], file: Path) -> tuple[DeclaredColumn, ...]:
    """Read a signature's inputs; columns of types that no caller can send say nothing.

    `file` is the model's, beside which the example lies. Raises ArtifactError for what is no signature, and for
    tensors that are not rows of numbers.
    """
    with explained(file, "Its signature cannot be read: save it again with MLflow"):
        inputs = json.loads(signature.get("inputs") or "[]")
        path = file.with_name(EXAMPLE)
        said = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
        if inputs and inputs[0]["type"] == "tensor":
            return tuple(_tensor(inputs, said, file))
        return tuple(_columns(inputs, said))


def _columns(inputs: Sequence[Mapping[str, Any]], said: Any) -> Iterator[DeclaredColumn]:
    example = _example_row(said)
    for column in inputs:
        if column["type"] in _TYPES and "name" in column:
            required = bool(column.get("required", not column.get("optional", False)))
            name = str(column["name"])
            yield DeclaredColumn(_TYPES[column["type"]], required, name, example.get(name))


def _tensor(inputs: Sequence[Mapping[str, Any]], said: Any, file: Path) -> Iterator[DeclaredColumn]:
    """Read one tensor [rows, columns] as so many columns without names."""
    shapes = [one["tensor-spec"]["shape"] for one in inputs]
    if len(shapes) > 1 or len(shapes[0]) > _MATRIX:
        listed = " and ".join(map(str, shapes))
        raise ArtifactError(
            file,
            f"its signature says that it takes tensors of the shape {listed}, and rows of numbers can be served",
            "Serve a model that takes one tensor of the shape [-1, columns]",
        )
    (shape,) = shapes
    width = shape[1] if len(shape) == _MATRIX else 1
    rows = said.get("inputs") if isinstance(said, Mapping) else None
    first = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], list) else []
    for place in range(max(0, width)):  # -1 says nothing
        yield DeclaredColumn(FeatureType.FLOAT, example=first[place] if len(first) == width else None)


def _example_row(said: Any) -> Mapping[str, Any]:
    """Return the first complete row of the input example, where there is one with names."""
    if not isinstance(said, dict) or not {"columns", "data"} <= said.keys() or not said["data"]:
        return {}
    complete = (row for row in said["data"] if all(value is not None and value == value for value in row))  # noqa: PLR0124  # NaN
    return dict(zip(map(str, said["columns"]), next(complete, said["data"][0]), strict=False))
