"""What a walk through an estimator carries along: where columns come from, and what has been met."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from inference.signature.feature import Category


@dataclass(frozen=True, slots=True)
class Source:
    """The training column that a column inside the pipeline comes from."""

    position: int
    intact: bool = True
    """It holds the caller's values; gaps may be filled."""


Columns = tuple[Source | None, ...]
"""What flows into a step, column by column; None for a column that is made from several."""

RAW: Final[Columns] = ()
"""The caller's input, where it is no table of known width."""
LOST: Final[Columns] = (None,)
"""Columns that cannot be followed any further."""


@dataclass(frozen=True, slots=True)
class Known:
    """What an encoder knows of a column."""

    categories: tuple[Category, ...]
    """In the encoder's order, without missing values."""
    closed: bool
    """It refuses all other values."""
    missing: bool = False
    """Missing is one of the values that it knows."""


@dataclass(slots=True)
class Findings:
    """What the walk has met so far."""

    where: Path
    takes_texts: bool = False
    keys: dict[str, tuple[str, ...]] | None = None
    """The keys of the dictionaries that it takes, with the strings of each; None where it takes none."""
    labels: tuple[Category, ...] | None = None
    """The labels of which it takes one for each row; None where it takes no labels."""
    label_set: tuple[Category, ...] | None = None
    """The labels of which it takes any number for each row; None where it takes no sets."""
    texts: set[int] = field(default_factory=set)
    strings: set[int] = field(default_factory=set)
    """Which columns hold categories that are not known: what is a number in the sample may be sent as one."""
    known: dict[int, Known] = field(default_factory=dict)
    categorical: set[int] = field(default_factory=set)
    """Which columns were pandas categoricals in training."""
    branches: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """Through which branches of ColumnTransformers a column goes."""

    def add(self, position: int, known: Known) -> None:
        """Add an encoder's knowledge; two on one column must both take a value."""
        before = self.known.get(position)
        if before is None or (known.closed and not before.closed):
            self.known[position] = known
        elif known.closed:
            both = tuple(value for value in before.categories if value in known.categories)
            self.known[position] = Known(both, closed=True, missing=before.missing and known.missing)
