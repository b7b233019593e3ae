"""What a model call costs, learned while the model works.

The measurement at the start may be far off: a loaded machine makes it too high, an ordinary row too low. So each batch
corrects it: a straight line through rows and seconds by least squares, in which older batches count exponentially less
(Hastie, Tibshirani, Friedman, "The Elements of Statistical Learning", 3.2 and 3.4.1: weighted and ridge regression).

- Errors are taken relatively, so that large batches do not outweigh small ones.
- Batches of one size say nothing of the slope alone. A weak pull towards the present line decides then: constant and
  slope change in proportion to what each of them contributes.
- A batch that took far longer or shorter than expected counts as a moderate surprise only, for most such are due to a
  disturbed machine. Some in succession are a change, and what was learned before it is forgotten.
"""

from __future__ import annotations

from inference.cost import Cost

KEPT = 0.95
"""How much of its weight an observation keeps with each that follows: about the last twenty count."""
SURPRISE = 3.0
"""An observation counts as no more than so many times what was expected, and no less than that part of it."""
CHANGE = 4
"""So many surprises of one kind in succession are a change."""
EXACT = 0.2
"""An observation that is no farther off, as a part of what was expected, is noted and moves nothing yet."""
_PULL = 0.01
_LEAST_SHARE = 0.05
"""Of the expected seconds: how far constant and slope can move although they are zero now."""
_LEAST_SECONDS = 1e-6


class LearnedCost:
    """A `Cost` that follows what is observed."""

    __slots__ = ("_calls", "_rows", "_rows_seconds", "_seconds", "_squares", "_surprises", "now")

    def __init__(self, start: Cost) -> None:
        self.now = start
        """What is expected now."""
        self._surprises = 0
        self._forget()

    def _forget(self) -> None:
        # Weighted sums over the observations: of 1, rows, rows squared, seconds, and rows times seconds.
        self._calls = self._rows = self._squares = self._seconds = self._rows_seconds = 0.0

    def seconds(self, rows: int) -> float:
        """Return how long a call with this many rows is expected to take."""
        return self.now.call_seconds + rows * self.now.row_seconds

    def observe(self, rows: int, seconds: float) -> None:
        """Learn from a call that took so long."""
        expected = max(self.now.call_seconds + rows * self.now.row_seconds, _LEAST_SECONDS)
        off = seconds / expected
        if not 1 / SURPRISE <= off <= SURPRISE:
            off = self._surprised(off)
        else:
            self._surprises = 0
        weight = 1 / (expected * expected)
        self._calls = KEPT * self._calls + weight
        self._rows = KEPT * self._rows + weight * rows
        self._squares = KEPT * self._squares + weight * rows * rows
        self._seconds = KEPT * self._seconds + off / expected
        self._rows_seconds = KEPT * self._rows_seconds + off / expected * rows
        if abs(off - 1) > EXACT:
            self.now = self._fitted(rows, expected)

    def _surprised(self, off: float) -> float:
        """Return how far off an observation is to count: fully where it shows a change, and all before is forgotten."""
        kind = 1 if off > 1 else -1
        self._surprises = kind + (self._surprises if self._surprises * kind > 0 else 0)
        if abs(self._surprises) < CHANGE:
            return SURPRISE if kind > 0 else 1 / SURPRISE
        self._surprises = 0
        self._forget()
        return off

    def _fitted(self, rows: int, expected: float) -> Cost:
        """Solve the two normal equations, with the pull on their diagonal; no cost is negative."""
        call, row = self.now.call_seconds, self.now.row_seconds
        call_pull = _PULL / max(call, _LEAST_SHARE * expected) ** 2
        row_pull = _PULL / max(row, _LEAST_SHARE * expected / rows) ** 2
        calls, squares = self._calls + call_pull, self._squares + row_pull
        seconds, rows_seconds = self._seconds + call_pull * call, self._rows_seconds + row_pull * row
        determinant = calls * squares - self._rows * self._rows
        call = (squares * seconds - self._rows * rows_seconds) / determinant
        row = (calls * rows_seconds - self._rows * seconds) / determinant
        if call < 0:
            return Cost(0.0, rows_seconds / squares)
        return Cost(seconds / calls, 0.0) if row < 0 else Cost(call, row)
