"""The typed inputs and outputs of an ONNX graph, and rows as the tensors that it takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inference.card import FeatureType
from inference.errors import ArtifactError

Array = NDArray[Any]

DTYPES: Final[Mapping[str, Any]] = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(int16)": np.int16,
    "tensor(int8)": np.int8,
    "tensor(uint64)": np.uint64,
    "tensor(uint32)": np.uint32,
    "tensor(uint16)": np.uint16,
    "tensor(uint8)": np.uint8,
    "tensor(bool)": np.bool_,
    "tensor(string)": np.object_,
}
_TYPES: Final = {
    "f": FeatureType.FLOAT,
    "i": FeatureType.INTEGER,
    "u": FeatureType.INTEGER,
    "b": FeatureType.BOOLEAN,
    "O": FeatureType.TEXT,
}
_COLUMNS: Final = 2
"""The rank of a tensor with columns."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output with one entry per row in its first dimension."""

    name: str
    dtype: Any
    """None for one map per row."""
    rank: int
    width: int | None
    """How many values it has per row; None where the graph leaves that open."""

    @property
    def kind(self) -> str:
        """NumPy's letter for the kind of its values, or M for maps."""
        return "M" if self.dtype is None else np.dtype(self.dtype).kind

    @property
    def feature_type(self) -> FeatureType:
        """What a caller sends for one of its values."""
        return _TYPES[self.kind]


def input_tensors(session: Any, path: Path) -> tuple[Tensor, ...]:
    """Return the inputs of a session. Raises ArtifactError for one that takes no rows of plain values."""
    inputs = session.get_inputs()
    axes = {one.name: one.shape[0] if one.shape else None for one in inputs}
    for one in inputs:
        shape = f"[{', '.join('?' if size is None else str(size) for size in one.shape)}]"
        if one.type not in DTYPES or not 1 <= len(one.shape) <= _COLUMNS:
            raise ArtifactError(
                path,
                f"its input {one.name!r} is a {one.type} of the shape {shape}, and rows of plain values can be served",
                "Export a graph whose inputs have the shape [rows] or [rows, columns]",
            )
        if isinstance(axes[one.name], int):
            raise ArtifactError(
                path,
                f"its input {one.name!r} has the shape {shape}: it takes {axes[one.name]} rows at a time, no others",
                "Export it with a first axis that is dynamic",
            )
    if len({axis for axis in axes.values() if axis is not None}) > 1:
        said = ", ".join(f"{axis!r} of {name!r}" for name, axis in axes.items())
        raise ArtifactError(
            path,
            f"its inputs have different first axes, so they are not columns of the same rows: {said}",
            "Export it with one name for the first axis of all inputs",
        )
    return tuple(_tensor(one) for one in inputs)


def output_tensors(session: Any) -> tuple[Tensor, ...]:
    """Return the outputs of a session that have an entry per row and can be served."""
    return tuple(
        _tensor(one)
        for one in session.get_outputs()
        if one.type.startswith("seq(map(") or (one.type in DTYPES and 1 <= len(one.shape) <= _COLUMNS)
    )


def _tensor(one: Any) -> Tensor:
    size = one.shape[1] if len(one.shape) == _COLUMNS else 1
    return Tensor(one.name, DTYPES.get(one.type), len(one.shape), size if isinstance(size, int) else None)


def feeds(inputs: Sequence[Tensor], rows: Any) -> dict[str, Array]:
    """Lay out rows, a frame or a 2-d array with the inputs' columns side by side, as the tensors of the inputs.

    Raises ValueError for a value that its tensor cannot hold.
    """
    columns = _columns(rows)
    fed, start = {}, 0
    for one in inputs:
        width = one.width if one.width is not None else len(columns) - start
        parts = [_cast(values, one) for values in columns[start : start + width]]
        fed[one.name] = parts[0] if one.rank == 1 else np.ascontiguousarray(np.column_stack(parts))
        start += width
    if start != len(columns):
        raise ValueError(f"the graph takes {start} columns, not {len(columns)}")
    return fed


def _columns(rows: Any) -> list[Array]:
    if isinstance(rows, pd.DataFrame):
        return [rows.iloc[:, place].to_numpy() for place in range(rows.shape[1])]
    return list(np.asarray(rows).T)


def _cast(values: Array, one: Tensor) -> Array:
    if one.kind == "O":
        if pd.isna(values).any():
            raise ValueError(f"{one.name} is missing, and the graph takes strings only")
        return values.astype(object)
    numbers = values.astype(np.float64) if values.dtype == object else values
    with np.errstate(over="ignore", invalid="ignore"):
        # What is too large for the graph's floats is infinite there.
        cast: Array = numbers.astype(one.dtype)
    if one.kind != "f" and not np.array_equal(cast, numbers):
        raise ValueError(f"{one.name} is missing or no {np.dtype(one.dtype)}, which the graph takes")
    return cast


def column_names(inputs: Iterable[Tensor]) -> list[str]:
    """Name each column: as its input, with its place in brackets where the input has several."""
    return [one.name if one.width == 1 else f"{one.name}[{place}]" for one in inputs for place in range(one.width or 0)]
