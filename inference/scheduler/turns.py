"""The calls that wait, and which of their rows come next: callers take turns, whatever they ask for.

Each waiting call gets an equal share of a batch, and what small calls leave of theirs goes to the oldest large ones
(max-min fairness). So a call of one row is in the next batch although a call of 100,000 rows came before it.
"""

from __future__ import annotations

from typing import Final

from inference.scheduler.call import Call, Part

_MOST_SHARES: Final = 64
"""With more callers than these, those who came last wait for the batch after: shares would become too small."""


class Turns:
    """Waiting calls in the order of their turns."""

    def __init__(self) -> None:
        self._next_row: dict[Call, int] = {}
        self.rows = 0
        """How many rows wait."""

    def __len__(self) -> int:
        """Return how many calls wait."""
        return len(self._next_row)

    def add(self, call: Call) -> None:
        """Let a call wait, behind all others."""
        self._next_row[call] = 0
        self.rows += call.count

    def withdraw(self, call: Call) -> None:
        """Drop what still waits of a call."""
        start = self._next_row.pop(call, None)
        if start is not None:
            self.rows -= call.count - start

    def oldest(self) -> float | None:
        """Return when the first of the waiting calls arrived; None where none waits."""
        return min((call.arrived for call in self._next_row), default=None)

    def take(self, most_rows: int) -> list[Part]:
        """Take the rows of the next batch, at most so many; of each call, those behind the ones taken before."""
        if self.rows <= most_rows:
            parts = [Part(call, start, call.count - start) for call, start in self._next_row.items()]
            self._next_row.clear()
            self.rows = 0
            return parts
        return [self._took(call, count) for call, count in self._shares(most_rows).items()]

    def _shares(self, most_rows: int) -> dict[Call, int]:
        share = max(1, most_rows // min(len(self._next_row), _MOST_SHARES))
        room = most_rows
        shares: dict[Call, int] = {}
        for call, start in self._next_row.items():
            if not room:
                return shares
            shares[call] = min(share, call.count - start, room)
            room -= shares[call]
        for call, count in shares.items():
            more = min(call.count - self._next_row[call] - count, room)
            shares[call] += more
            room -= more
        return shares

    def _took(self, call: Call, count: int) -> Part:
        """Take rows of a call. What is left of it waits behind all others."""
        start = self._next_row.pop(call)
        if start + count < call.count:
            self._next_row[call] = start + count
        self.rows -= count
        return Part(call, start, count)
