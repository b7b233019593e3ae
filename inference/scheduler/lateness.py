"""How late the event loop is: a model that is free can still not answer while its event loop is busy with requests.

What has arrived waits in the kernel until it is read, and nothing says for how long. So a byte is sent through a pipe,
behind all that has arrived, and it is measured how long that one waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
import weakref
from collections.abc import Callable
from typing import Final

LONGEST_SECONDS: Final = 0.005
"""For so long what is due or done waits for the event loop at most, if calls come: those see to it then."""

_BYTE: Final = b"."


class Lateness:
    """How long what arrives waits to be read. All times are in seconds, on a clock that never goes back.

    To be used from one event loop at a time; on another one it starts anew.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pipe: _Pipe | None = None
        self._sent: float | None = None
        """When the byte was sent that is not read yet."""
        self._wait, self._read = 0.0, 0.0
        """How long the last one waited, and until when."""

    def expected(self, now: float) -> float:
        """Return how long what is read now has waited, as far as that is known.

        As long as the last byte did, if that was not long ago, or as the next one does already.
        """
        last = self._wait if now - self._read <= self._wait else 0.0
        return last if self._sent is None else max(last, now - self._sent)

    def measure(self, now: float) -> None:
        """Measure it, unless that is under way. From the event loop."""
        if self._sent is not None:
            return
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._adopt(loop)
        if self._pipe is not None:
            self._sent = now
            os.write(self._pipe.entrance, _BYTE)

    def _adopt(self, loop: asyncio.AbstractEventLoop) -> None:
        self.close()
        try:
            pipe = _Pipe()
        except OSError:  # as many files are open as may; there may be fewer the next time
            return
        self._loop = loop
        with contextlib.suppress(NotImplementedError):  # on Windows, event loops read nothing but sockets
            loop.add_reader(pipe.exit, self._arrived)
            self._pipe = pipe

    def _arrived(self) -> None:
        if self._pipe is not None and self._sent is not None:
            os.read(self._pipe.exit, len(_BYTE))
            self._read = self._clock()
            self._wait, self._sent = self._read - self._sent, None

    def close(self) -> None:
        """Forget what was measured, and keep nothing open."""
        if self._loop and self._pipe and not self._loop.is_closed():
            self._loop.remove_reader(self._pipe.exit)
        self._loop = self._pipe = self._sent = None
        self._wait = 0.0


class _Pipe:
    """A pipe, closed when nobody has it any more."""

    def __init__(self) -> None:
        self.exit, self.entrance = os.pipe()
        for end in (self.exit, self.entrance):
            weakref.finalize(self, os.close, end)
