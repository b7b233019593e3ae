"""Room that is kept for calls that have been let in, and are not ready to wait yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Coming:
    """The calls of one queue that are coming. Else others would be given the same room meanwhile."""

    def __init__(self) -> None:
        self._counts: dict[object, int] = {}

    def __len__(self) -> int:
        """Return how many calls are coming."""
        return len(self._counts)

    @property
    def rows(self) -> int:
        """How many rows they have."""
        return sum(self._counts.values())

    @contextmanager
    def one(self, count: int) -> Iterator[None]:
        """Keep room for a call of so many rows."""
        key, counts = object(), self._counts
        counts[key] = count
        try:
            yield
        finally:
            del counts[key]
