"""What a worker and the process above it say to each other, on a pair of sockets."""

from __future__ import annotations

import os
import signal
import socket
import threading
from types import FrameType
from typing import Final

from fastapi import FastAPI

from inference.processors import share_processors
from server.draining import DrainingServer
from server.running import server_config, stopping_of
from server.settings import Settings

READY: Final = b"r"
DRAIN: Final = b"d"
"""Stop as on SIGTERM."""
CLOSE: Final = b"c"
"""Stop as on Ctrl+C."""


class Orders:
    """Follows what the process above says, and does not outlive it."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._server: DrainingServer | None = None
        # A thread, so that the end of the process above is noticed while models are loaded, too.
        threading.Thread(target=self._follow, name="orders", daemon=True).start()

    def serve(self, app: FastAPI, settings: Settings, listener: socket.socket) -> None:
        """Serve until told to stop."""
        share_processors(settings.workers)
        self._server = _Worker(server_config(app), stopping_of(app, settings), self._say_ready)
        self._server.run([listener])

    def _say_ready(self) -> None:
        self._channel.sendall(READY)

    def _follow(self) -> None:
        try:
            order = self._channel.recv(1)
        except OSError:
            order = b""
        if self._server is None or not self._server.started:
            os._exit(0)  # nobody was let in
        self._server.stop_soon(lingering=order == DRAIN)


class _Worker(DrainingServer):
    """One of several servers: Ctrl+C, which all processes of a terminal get, is for the process above to answer."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take SIGTERM that was meant for this worker alone: the others go on accepting."""
        del frame
        if sig == signal.SIGTERM and not self.should_exit:
            self.stop(0, only=False)
