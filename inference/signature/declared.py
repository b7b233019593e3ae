"""What a format says of the columns that a model takes: less than a card's word, more than a guess from a sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from inference.card import FeatureType
from inference.signature.feature import Storage
from inference.signature.from_sample import SeenColumn

_STORAGE: Final = {
    FeatureType.FLOAT: Storage.FLOAT,
    FeatureType.INTEGER: Storage.INTEGER,
    FeatureType.BOOLEAN: Storage.BOOLEAN,
    FeatureType.TEXT: Storage.STRING,
}


@dataclass(frozen=True, slots=True)
class DeclaredColumn:
    """One column, as the file itself or its author's tools describe it."""

    type: FeatureType
    """FLOAT, INTEGER, BOOLEAN, or TEXT for any strings."""
    required: bool = False
    """It must not be missing, whatever the model would make of that."""
    name: str | None = None
    """Its name in training; None where only its place is known."""
    example: object = None
    """A value of it."""

    def together_with(self, seen: SeenColumn | None) -> SeenColumn:
        """Return what is known of the column by what it is declared to be and by what a sample shows of it."""
        storage = _STORAGE[self.type]
        if seen is None:
            return SeenColumn(self.type, storage, missing=True)
        if seen.type is self.type or (self.type is FeatureType.TEXT and seen.type is FeatureType.CATEGORY):
            return seen
        if self.type is FeatureType.INTEGER and seen.type is FeatureType.FLOAT and seen.whole:
            return seen  # whole numbers of more than 32 bits, or with gaps
        if self.type is FeatureType.TEXT:
            return SeenColumn(self.type, storage, seen.missing)
        return replace(seen, type=self.type, storage=storage)


def in_order(
    declared: Sequence[DeclaredColumn | None], names: Sequence[str] | None
) -> tuple[DeclaredColumn | None, ...]:
    """Return the declarations in the order of an estimator's columns, by their names where both have names."""
    by_name = {one.name: one for one in declared if one is not None and one.name is not None}
    if names is None or not by_name:
        return tuple(declared)
    return tuple(by_name.get(name) for name in names)
