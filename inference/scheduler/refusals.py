"""A refusal holds until the moment that it names: until then, others are refused without working it out again."""

from __future__ import annotations

from inference.errors import Overloaded, kept


class Refusals:
    """The last refusal of a queue. All times are in seconds, on one clock."""

    def __init__(self) -> None:
        self._last: Overloaded | None = None
        self._rows = 0
        self._until = 0.0

    def hold(self, now: float) -> bool:
        """Tell whether one was made lately."""
        return now < self._until

    def known(self, rows: int, now: float) -> Overloaded | None:
        """Return the refusal of a call of so many rows; None where it is not known whether it is to be refused."""
        return self._last if now < self._until and rows >= self._rows else None

    def note(self, error: Overloaded, rows: int, now: float) -> None:
        """Take note of the refusal of so many rows, which is to be given to others. Its traceback is dropped."""
        self._last, self._rows = kept(error), rows
        self._until = now + error.retry_after_ms / 1000
