"""All that is known of one feature, before it is decided what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from inference.card import FeatureCard
    from inference.signature.findings import Known
    from inference.signature.from_sample import SeenColumn


@dataclass(frozen=True, slots=True)
class Evidence:
    """What card, sample and estimator say of a feature that is one column."""

    source: str
    card: FeatureCard
    card_path: Path
    seen: SeenColumn | None
    known: Known | None
    is_text: bool
    """A text vectorizer takes it."""
    is_string: bool = False
    """It holds categories that nobody has told."""
    is_categorical: bool = False
    """It was a pandas categorical in training."""

    @property
    def categories_known(self) -> bool:
        """Whether anyone names strings that it may be."""
        if self.card.categories:
            return True
        if self.known is not None:
            return any(isinstance(value, str) for value in self.known.categories)
        return self.seen is not None and bool(self.seen.strings)
