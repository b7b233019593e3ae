"""How much one document may ask for, as plain numbers."""

from __future__ import annotations

from dataclasses import dataclass

CHARACTERS_A_TOKEN = 20
"""A document may have as many characters for each token that it may have: blanks, comments and long texts cost, too."""

MOST_DEPTH = 100
"""What validation and execution bear within Python's limit on calls that stand in one another."""


@dataclass(frozen=True)  # with slots, its defaults could not be read
class OperationLimits:
    """What one document may hold at most. The query of GraphiQL for the schema has a depth of 18 and 239 fields."""

    tokens: int = 50_000
    """Names, numbers, texts and signs; comments as often again."""
    depth: int = 30
    """How many selections stand within one another, those of fragments among them."""
    fields: int = 2_000
    """In all its operations, each fragment counted wherever it is spread."""
    root_fields: int = 100
    """Of one operation, by response key: each may be a call of a model."""

    @property
    def characters(self) -> int:
        """The length that a document may have."""
        return self.tokens * CHARACTERS_A_TOKEN
