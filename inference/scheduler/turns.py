"""The calls that wait, and which of their rows come next: fair queueing.

Shares of the model would be the fairest: each waiting call gets as many rows computed as any other. But calls that are
computed side by side are all done late. So rows are computed in the order in which calls would be done if all had equal
shares (Demers, Keshav and Shenker, "Analysis and simulation of a fair queueing algorithm", SIGCOMM 1989): calls of one
size one after another, a call of one row in the next batch although one of 100,000 rows came before it.

How far equal shares are is a virtual time: how many rows a call would have had that always waited. Here it grows as in
WF2Q+ (Bennett and Zhang, "Hierarchical packet fair queueing algorithms", SIGCOMM 1996), where a packet is a stretch of
a call's rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush, heapreplace
from typing import Final

from inference.scheduler.call import Call, Part

STRETCH_ROWS: Final = 1024
"""So many rows of a call are computed one after another before its place among the others is looked at again."""


@dataclass(slots=True, eq=False)
class _Turn:
    """Where a call stands: the stretch of its rows that is next."""

    call: Call
    ends: float
    """The virtual time at which equal shares would have computed the stretch."""
    number: int
    """Of two that end together, the lesser is first."""
    rows: int
    """What is left of the stretch."""

    def __lt__(self, other: _Turn) -> bool:
        """Tell which is first."""
        return (self.ends, self.number) < (other.ends, other.number)


class Turns:
    """Waiting calls in the order of their turns."""

    def __init__(self) -> None:
        self._next_row: dict[Call, int] = {}
        self._new: list[Call] = []
        """Those that have no turn yet: it is needed only where not all rows fit into a batch."""
        self._turns: list[_Turn] = []
        """A heap. Those of calls that were withdrawn stay until they are met."""
        self._time = 0.0
        self._number = 0
        self.rows = 0
        """How many rows wait."""

    def __len__(self) -> int:
        """Return how many calls wait."""
        return len(self._next_row)

    def __contains__(self, call: Call) -> bool:
        """Tell whether rows of a call wait."""
        return call in self._next_row

    def add(self, call: Call) -> None:
        """Let a call wait, behind all others of its size."""
        self._next_row[call] = 0
        self._new.append(call)
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
            self._new.clear()
            self._turns.clear()
            self._time, self.rows = 0.0, 0
            return parts
        self._rank_new()
        waiting, before = len(self._next_row), dict[Call, int]()
        room = most_rows
        while room:
            room -= self._take_of_first(room, before)
        self.rows -= most_rows
        self._pass(most_rows / waiting)
        return [Part(call, start, self._next_row.get(call, call.count) - start) for call, start in before.items()]

    def _rank_new(self) -> None:
        for call in self._new:
            if call in self._next_row:
                self._number += 1
                rows = min(call.count, STRETCH_ROWS)
                heappush(self._turns, _Turn(call, self._time + rows, self._number, rows))
        self._new.clear()

    def most_rows_of_a_call(self) -> int:
        """Return how many rows the largest of the waiting calls has."""
        return max((call.count for call in self._next_row), default=0)

    def _take_of_first(self, room: int, before: dict[Call, int]) -> int:
        """Take rows of the call whose turn it is; return how many. `before` keeps where each call stood."""
        turn = self._turns[0]
        start = self._next_row.get(turn.call)
        if start is None:
            heappop(self._turns)
            return 0
        before.setdefault(turn.call, start)
        rows = min(room, turn.rows)
        turn.rows -= rows
        self._next_row[turn.call] = start + rows
        left = turn.call.count - start - rows
        if not left:
            del self._next_row[turn.call]
            heappop(self._turns)
        elif not turn.rows:
            self._number += 1
            turn.number, turn.rows = self._number, min(left, STRETCH_ROWS)
            turn.ends = max(turn.ends, self._time) + turn.rows
            heapreplace(self._turns, turn)
        return rows

    def _pass(self, rows: float) -> None:
        """Let virtual time go on: by what each call would have had, or to where the last of those that wait is."""
        begun = (turn.ends - turn.rows for turn in self._turns if turn.call in self._next_row)
        self._time = max(self._time + rows, min(begun, default=0.0))
