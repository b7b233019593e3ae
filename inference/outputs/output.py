"""An output: a name, a type, the estimator's methods that it is made from, and how.

An output is data. The schema makes its GraphQL type from `Output.type`, whatever it is, so a new output needs no line
outside this folder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from inference.outputs.answers import Answers


class ScalarKind(StrEnum):
    """The plain values."""

    FLOAT = "float"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    STRING = "string"


@dataclass(frozen=True, slots=True)
class Scalar:
    """One plain value; in a column, a Python float, int, bool or str."""

    kind: ScalarKind


@dataclass(frozen=True, slots=True)
class ClassLabel:
    """One class of a classifier."""

    raw: str | bool | int | float
    """The label in training."""
    name: str
    """The raw label as a string, or a name from the card."""
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """One of a classifier's classes; in a column, one of `values`."""

    classes: tuple[ClassLabel, ...]
    named: bool
    """The classes are strings in training, or the card names them."""
    open: bool
    """Other versions may know other classes."""

    @property
    def values(self) -> tuple[str | bool | int | float, ...]:
        """What a column holds for each class: its name where the classes are named, else the raw label."""
        return tuple(label.name if self.named else label.raw for label in self.classes)


@dataclass(frozen=True, slots=True)
class ListOf:
    """Some values of one type; in a column, a list."""

    item: ValueType
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One named value of a record."""

    source: str
    """The name in training, or a snake_case name of our own."""
    type: ValueType
    description: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """Named values; in a column, a sequence in the members' order."""

    name: str
    """What the record is, in snake_case: `probabilities` of the model `iris` becomes `IrisProbabilities`."""
    members: tuple[Member, ...]
    description: str


ValueType: TypeAlias = Scalar | Label | ListOf | Record

FLOAT = Scalar(ScalarKind.FLOAT)
INTEGER = Scalar(ScalarKind.INTEGER)
BOOLEAN = Scalar(ScalarKind.BOOLEAN)
STRING = Scalar(ScalarKind.STRING)

Column: TypeAlias = list[Any]
"""One value per row, of the output's type."""

Numbers: TypeAlias = NDArray[np.float64]
"""A column of floats as an array, or of lists or records of floats, which have a second dimension. Its values need not
become Python objects where they are only written out."""


class Categories:
    """The different values of a column. Known by itself: two with the same values are two."""

    __slots__ = ("values",)

    def __init__(self, values: Sequence[Any]) -> None:
        self.values = _objects(values)

    def mapped(self, function: Callable[[Any], Any]) -> NDArray[np.object_]:
        """Return what a function makes of each."""
        return _objects([function(value) for value in self.values])


@dataclass(frozen=True, slots=True, eq=False)
class Categorical:
    """A column with few different values: of each row, the place of its value among them."""

    codes: NDArray[np.intp]
    categories: Categories

    def __len__(self) -> int:
        """Return how many rows it has."""
        return len(self.codes)

    def __getitem__(self, rows: slice) -> Categorical:
        """Return the column of some rows."""
        return Categorical(self.codes[rows], self.categories)

    def tolist(self) -> Column:
        """Return the values."""
        return self.looked_up(self.categories.values)

    def looked_up(self, table: NDArray[np.object_]) -> Column:
        """Return for each row what stands in a table at the place of its category."""
        found: Column = table.take(self.codes).tolist()
        return found


def _objects(values: Sequence[Any]) -> NDArray[np.object_]:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


AnyColumn: TypeAlias = Column | Numbers | Categorical
"""A column in the shape that is the least work."""


def as_list(column: AnyColumn) -> Column:
    """Return a column as plain values, itself where it is a list."""
    if isinstance(column, list):
        return column
    values: Column = column.tolist()
    return values


@dataclass(frozen=True, slots=True)
class Argument:
    """An integer that a caller may give to an output."""

    name: str
    default: int
    minimum: int
    description: str
    maximum: int | None = None


class OutputRequest(NamedTuple):
    """An output that a caller asks for, with its arguments. A tuple, because it is looked up often."""

    name: str
    """The output's key."""
    arguments: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One thing that a model can answer for a row."""

    name: str
    type: ValueType
    methods: tuple[str, ...]
    """Which of `Answers` it is made from, by `str.format` with its arguments; nothing else is computed for it."""
    make: Callable[[Answers, Mapping[str, int]], AnyColumn]
    """From the answers for some rows and the arguments to one value per row."""
    description: str
    arguments: tuple[Argument, ...] = ()
    target: Member | None = None
    """Of which target it is, where a model has several with an object each; its type says nothing."""

    @property
    def key(self) -> str:
        """What it is known by among all outputs of its model."""
        return f"{self.target.source}.{self.name}" if self.target else self.name

    def column(self, answers: Answers, arguments: Mapping[str, int]) -> Column:
        """Return one value per row."""
        return as_list(self.make(answers, arguments))

    def request(self, given: Mapping[str, int]) -> OutputRequest:
        """Return the request for this output with some arguments, the others taken from their defaults."""
        return OutputRequest(self.key, tuple((a.name, given.get(a.name, a.default)) for a in self.arguments))

    def calls(self, request: OutputRequest) -> tuple[str, ...]:
        """Return which of `Answers` a complete request for this output is made from."""
        if not request.arguments:
            return self.methods
        return tuple(method.format(**dict(request.arguments)) for method in self.methods)
