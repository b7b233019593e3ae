"""How long a conversion may take. A start is no place for an endless one."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

SECONDS: Final = 20.0
"""All ways to convert a model, and to compare what they make with it, may take so long together."""

MOST_NODES: Final = 500_000
"""Trees with more nodes are not converted. Measured: 6 microseconds and 0.7 kB of memory a node, at first."""

_T = TypeVar("_T")


class TooLong(BaseException):
    """What runs was to be done by now. No Exception, for those are caught by much that is converted."""


def within(seconds: float, run: Callable[[], _T]) -> _T:
    """Return what `run` returns. Raises TooLong if that takes longer, and what `run` raises.

    Looks at the clock at each call of a function in this thread, which is where it can be stopped: what one call of
    compiled code takes is not bounded. Where a profiler is at work already, nothing is.
    """
    if sys.getprofile() is not None:
        return run()
    deadline = time.monotonic() + seconds

    def look(*_: Any) -> None:
        if time.monotonic() > deadline:
            raise TooLong

    sys.setprofile(look)
    try:
        return run()
    finally:
        sys.setprofile(None)
