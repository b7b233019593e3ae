"""Limits that hold where nobody says otherwise, for those who must know them without the libraries of models."""

from __future__ import annotations

from typing import Final

MOST_QUEUED_ROWS: Final = 200_000
"""How many rows may wait for a model: two calls of the most rows that one may have."""
