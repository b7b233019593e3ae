"""How late the event loop is: a model that is free can still not answer while its event loop is busy with requests.

Measured where it costs nothing more: from when a batch is due, which is at the end of the event loop's turn, until it
is cut.
"""

from __future__ import annotations

from typing import Final

TURNS_OF_A_CALL: Final = 3
"""How many turns of the event loop a call takes that is answered in place: it waits to be read while others are, for
its batch to be cut while others come, and to be written while others are read."""


class Lateness:
    """The turns of the event loop in which calls came. All times are in seconds, on a clock that never goes back.

    That of the event loop itself may stand still in each turn.
    """

    __slots__ = ("_before", "_due", "_turn", "is_due")

    def __init__(self) -> None:
        self.is_due = False
        """Whether a batch is to be cut at the end of this turn."""
        self._due = 0.0
        self._turn = self._before = 0.0

    def due(self, now: float) -> None:
        """Note that a batch is to be cut at the end of this turn."""
        if now > self._due + 2 * self._turn:  # there was a time between in which nobody came
            self._turn = self._before = 0.0
        self._due, self.is_due = now, True

    def cut(self, now: float) -> None:
        """Note that a batch is cut; the turn in which one was due has ended."""
        if not self.is_due:
            return
        self.is_due = False
        self._before, self._turn = self._turn, now - self._due

    def expected(self, now: float) -> float:
        """Return how long a call that comes in this turn will wait for the event loop.

        A turn's length is not known before it is over: the lesser of the last two, since a single long one is a
        hiccup, or what it has taken already.
        """
        return TURNS_OF_A_CALL * max(min(self._turn, self._before), now - self._due)
