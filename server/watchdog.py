"""Sees when the event loop stands still, says in what, and lets a signal end the process that cannot heed it.

A model that was quick when it was measured runs on the event loop, and may never return for certain rows. Nothing can
take it off: whatever needs the loop waits, and so would a signal to stop. To notice costs requests nothing: a timer of
the loop says that it turns, and a thread looks whether it did. Looks are counted, not seconds, so a machine that was
asleep has missed none.
"""

from __future__ import annotations

import asyncio
import ctypes
import faulthandler
import logging
import os
import signal
import sys
import threading
import traceback
from typing import Final

from inference.at_work import at_work

logger = logging.getLogger(__name__)

_LOOKS: Final = 5
"""How many times the thread looks before it says something."""
_BEATS: Final = 2
"""How many times the loop says that it turns for each look."""
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_DEFAULT_ACTION: Final = 0
"""SIG_DFL of C."""


class Watchdog:
    """Watches one event loop, that of the main thread."""

    def __init__(self, still_seconds: float) -> None:
        """Say something when the loop has not turned for so many seconds."""
        self._still_seconds = still_seconds
        self._look_seconds = still_seconds / _LOOKS
        self._looks = 0
        self._reported = False
        self._stopping = False
        self._over = threading.Event()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to watch; to be called on the loop."""
        self._loop = loop
        self._turned()
        thread = threading.Thread(target=self._watch, args=(threading.get_ident(),), name="watchdog", daemon=True)
        thread.start()

    def stopping(self) -> None:
        """From now on, end the process where the loop stands still, as it was told to stop.

        To be called in the loop's thread; a signal's handler is. It may be the last thing that runs there: so a clock
        that needs no lock of Python's ends the process if the loop does not turn, and writes all stacks to stderr.
        """
        self._stopping = True
        if sys.__stderr__ is not None:
            faulthandler.dump_traceback_later(self._still_seconds, exit=True, file=sys.__stderr__)

    def end(self) -> None:
        """Watch no more."""
        self._over.set()
        faulthandler.cancel_dump_traceback_later()

    def _turned(self) -> None:
        self._looks = 0
        if self._over.is_set():
            return
        if self._reported:
            self._reported = False
            logger.warning("The event loop turns again.")
            for number in _SIGNALS:
                signal.signal(number, signal.getsignal(number))
        if self._stopping:
            self.stopping()  # the clock begins anew
        self._loop.call_later(self._look_seconds / _BEATS, self._turned)

    def _watch(self, thread: int) -> None:
        while not self._over.wait(self._look_seconds):
            self._looks += 1
            if self._looks < _LOOKS:
                continue
            if not self._reported:
                self._report(thread)
            if self._stopping:
                os._exit(1)

    def _report(self, thread: int) -> None:
        self._reported = True
        frame = sys._current_frames().get(thread)  # noqa: SLF001  # documented, for debugging such as this
        doing = at_work(frame)
        logger.error(
            "The event loop has stood still for %g s%s. Nobody is answered; SIGTERM ends the process at once.\n%s",
            self._still_seconds,
            f", in {doing}" if doing else "",
            "".join(traceback.format_stack(frame)),
        )
        if os.name == "posix":
            # Handlers that are written in Python wait for the thread that stands still. The kernel waits for nobody.
            libc = ctypes.CDLL(None)
            libc.signal.argtypes = ctypes.c_int, ctypes.c_void_p
            for number in _SIGNALS:
                libc.signal(number, _DEFAULT_ACTION)
