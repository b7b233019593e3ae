"""What is remembered of refusals: so others are refused without working it out again, and not all come back at once."""

from __future__ import annotations

from typing import Final

from inference.errors import Overloaded, kept

_LEAST_SECONDS: Final = 0.001
"""So long a refusal holds in any case."""


class Refusals:
    """The last refusal of a queue, which holds until there is room again. All times are in seconds, on one clock."""

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

    def stands(self, error: Overloaded, rows: int, now: float) -> bool:
        """Tell whether a call of so many rows is to be refused with this error."""
        return now < self._until and rows >= self._rows and error is self._last

    def note(self, error: Overloaded, rows: int, now: float) -> None:
        """Take note of the refusal of so many rows, which is to be given to others. Its traceback is dropped."""
        self._last, self._rows = kept(error), rows
        self._until = now + max(error.room_in, _LEAST_SECONDS)

    def forget(self) -> None:
        """Give it to nobody any more."""
        self._until = 0.0


class Returns:
    """When those who were refused are to come again: one after another, as fast as the model can answer them.

    If all were told when there is room for one, all would come then, and nearly all be refused again: the event loop
    would do nothing but refuse. All times are in seconds, on one clock.
    """

    def __init__(self, most_seconds: float) -> None:
        """Nobody is put off for more than `most_seconds`: those who were refused before may never come again."""
        self._most_seconds = most_seconds
        self._each = 0.0
        self._until = 0.0

    def put_off(self, refused: Overloaded, each: float, now: float) -> Overloaded:
        """Return a refusal that says when it is the caller's turn. `each` is how long the model takes for its call."""
        turn = min(max(self._until, now + refused.room_in), now + self._most_seconds)
        self._until, self._each = turn + each, each
        return refused.put_off(turn - now)

    def more(self, calls: int) -> None:
        """Take note that others were given the last refusal."""
        self._until += calls * self._each
