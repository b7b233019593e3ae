"""When a batch is cut that nothing hinders: at the end of the event loop's turn, or before where that takes long.

So calls that arrive together meet. An event loop that is busy may read thousands of requests in one turn, though, and
again those of callers who were answered in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from inference.scheduler.lateness import LONGEST_SECONDS, Lateness
from inference.statistics.model_families import ReleaseReason

_LATE_SECONDS: Final = 0.001
"""Where a batch is due for so long, or the event loop was so late, it is measured how late it is."""

Cut = Callable[[asyncio.AbstractEventLoop, ReleaseReason], None]
"""Cuts a batch of what waits, if there is any."""


class Due:
    """Whether a batch is due. All times are in seconds, on the clock of Lateness."""

    __slots__ = ("_cut", "_lateness", "_loop", "_reason", "_since")

    def __init__(self, lateness: Lateness, cut: Cut) -> None:
        self._lateness, self._cut = lateness, cut
        self._loop: asyncio.AbstractEventLoop | None = None
        self._since: float | None = None
        self._reason = ReleaseReason.IDLE

    def __bool__(self) -> bool:
        """Tell whether one is."""
        return self._since is not None

    def begin(self, loop: asyncio.AbstractEventLoop, reason: ReleaseReason, now: float) -> None:
        """Have a batch cut at the end of this turn."""
        if self._since is None:
            self._loop, self._since, self._reason = loop, now, reason
            loop.call_soon(self._cut, loop, reason)

    def end(self) -> None:
        """Note that a batch is cut."""
        self._since = None

    def look(self, now: float) -> None:
        """See to a batch that is due for long. To be called where calls come."""
        if self._since is None:
            return
        seconds = now - self._since
        if seconds > _LATE_SECONDS or self._lateness.expected(now) > _LATE_SECONDS:
            self._lateness.measure(now)
        if self._loop and seconds > LONGEST_SECONDS:
            self._cut(self._loop, self._reason)
