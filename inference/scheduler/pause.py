"""While calls are refused, the event loop pauses in each of its turns, so that models can have the interpreter's lock.

A model that computes in NumPy gives the lock away and wants it back many times in each batch. An event loop that reads
one request after another gives it back for moments only, in which no other thread can wake up and take it. So models
are kept waiting, for up to 5 ms each time, by callers for whom there is no room in any case. If those are read in
bunches, they wait for two milliseconds more, and whoever was let in is answered sooner.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

PAUSE_SECONDS: Final = 0.002
"""In which a model can have the lock many times, and which nobody notices."""


class Pauses:
    """The pauses of an event loop."""

    def __init__(self) -> None:
        self._due_on: asyncio.AbstractEventLoop | None = None

    def one(self) -> None:
        """Pause once, after this turn of the event loop, however often this is asked for."""
        loop = asyncio.get_running_loop()
        if loop is not self._due_on:
            self._due_on = loop
            loop.call_soon(self._pause)

    def _pause(self) -> None:
        self._due_on = None
        time.sleep(PAUSE_SECONDS)  # and not asyncio's, which would let the event loop go on
