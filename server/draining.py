"""The HTTP server, and how it stops: it says so, lets callers go elsewhere, answers what it has, and ends.

Nobody who was let in is turned away. HTTP/1.1 gives a server one way to end a connection that a caller may use again:
`Connection: close` on an answer. So every answer has it from the signal on, and a connection is closed without it only
after nothing came on it for a while. What is left is the caller whose request crosses that with the end of a long idle
connection, which RFC 9112, section 9.5, leaves to callers to repeat.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Final

import uvicorn

from server.connection import Connection
from server.heads import CLOSE
from server.listener import CannotListen, accept_the_last, has_arrived
from server.watchdog import Watchdog

logger = logging.getLogger(__name__)

_LINGER_SECONDS: Final = 0.2
"""How long connections may still be used after the port is closed."""
_TICK_SECONDS: Final = 0.02
_LAST_SECONDS: Final = 2.0
"""For what is left to do when the time for answers is over: nobody waits for it any more."""


@dataclass(frozen=True, slots=True)
class Stopping:
    """How a server stops."""

    begin: Callable[[], None]
    """Lets probes hear that requests are unwelcome. Called in a signal's handler."""
    open_seconds: int
    """How long the port stays open after SIGTERM, so that callers can hear of it. Ctrl+C closes it at once."""
    answer_seconds: float
    """How long requests may take to be answered after that: the longest deadline."""
    still_seconds: float = 10.0
    """A loop that has not turned for so long does not stop by itself."""


class DrainingServer(uvicorn.Server):
    """Fails no request that it has when it is told to stop. A second signal ends the process at once."""

    def __init__(self, config: uvicorn.Config, stopping: Stopping, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._stopping = stopping
        self._announce = announce
        self._open_seconds, self._only = 0, True
        self._loop: asyncio.AbstractEventLoop
        self._watchdog = Watchdog(stopping.still_seconds)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the port and announce it. Raises CannotListen."""
        self._loop = asyncio.get_running_loop()
        try:
            await super().startup(sockets)
        except OSError as error:
            raise CannotListen(self.config.host, error) from error
        self._watchdog.start(self._loop)
        self._announce()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal to stop."""
        if self.should_exit:
            os._exit(128 + sig)
        super().handle_exit(sig, frame)
        self.stop(self._stopping.open_seconds if sig == signal.SIGTERM else 0)

    def stop_soon(self, *, lingering: bool) -> None:
        """Stop as on SIGTERM, or, where it is not to linger, as on Ctrl+C. May be called from any thread."""
        self._loop.call_soon_threadsafe(self.stop, self._stopping.open_seconds if lingering else 0)

    def stop(self, open_seconds: int, *, only: bool = True) -> None:
        """Stop when the port was open for these seconds more; `only` where no other process listens on it after that.

        To be called in the thread of the event loop; a signal's handler is.
        """
        self.should_exit = True
        self._open_seconds, self._only = open_seconds, only
        self._stopping.begin()
        self._watchdog.stopping()
        if self.started:  # uvicorn itself looks for the signal every 0.1 s only
            self._loop.call_soon_threadsafe(self._say_close)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer what there is and what still comes, close the port, and wait for the last answer."""
        await self._remain(self._open_seconds)
        for listener in sockets or []:
            if self._only:
                await accept_the_last(listener)
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        await self._answer(time.monotonic() + self._stopping.answer_seconds)
        try:
            async with asyncio.timeout(_LAST_SECONDS):
                await super().shutdown(sockets)
        except TimeoutError:
            logger.warning("Models still work on calls that nobody waits for; leaving without them.")
            os._exit(0)
        self._watchdog.end()

    def _say_close(self) -> None:
        """Let all answers that have not begun be the last of their connections."""
        self.config.encoded_headers.append(CLOSE)
        self.server_state.default_headers = [*self.server_state.default_headers, CLOSE]
        for connection in self._connections():
            # After the answer's head, it is too late to say so: closing would be a surprise.
            if connection.was_asked and not connection.pipeline and not connection.cycle.response_started:
                connection.cycle.keep_alive = False

    async def _remain(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            await asyncio.sleep(min(1, left))
            await self.on_tick(0)  # which renews the date in answers

    async def _answer(self, end: float) -> None:
        """Wait until no connection is left or the time is over."""
        linger_end = time.monotonic() + _LINGER_SECONDS
        while (self.server_state.connections or self.server_state.tasks) and time.monotonic() < end:
            await asyncio.sleep(_TICK_SECONDS)
            if time.monotonic() > linger_end:
                for connection in self._connections():
                    if _is_idle(connection):
                        connection.transport.close()

    def _connections(self) -> Iterator[Connection]:
        return (one for one in list(self.server_state.connections) if isinstance(one, Connection))


def _is_idle(connection: Connection) -> bool:
    """Tell whether nothing of a request has come on a connection since its last answer."""
    if not connection.is_idle:
        return False
    descriptor = connection.transport.get_extra_info("socket").fileno()
    return descriptor >= 0 and not has_arrived(descriptor)
