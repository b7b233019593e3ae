"""What may happen thousands of times in one turn of the event loop is counted at its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Tally:
    """Adds up how often something happened, and how much of it, until the turn ends. To be used from one event loop."""

    __slots__ = ("_add", "_amount", "_times")

    def __init__(self, add: Callable[[int, int], None]) -> None:
        """`add` is given how often, and how much in all."""
        self._add = add
        self._times = self._amount = 0

    def one(self, amount: int) -> None:
        """Count it once more."""
        if not self._times:
            asyncio.get_running_loop().call_soon(self._end)
        self._times += 1
        self._amount += amount

    def _end(self) -> None:
        times, amount = self._times, self._amount
        self._times = self._amount = 0
        self._add(times, amount)
