"""What a worker and the process above it say to each other, on a pair of sockets."""

from __future__ import annotations

import os
import signal
import socket
import threading
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

from inference.processors import share_processors
from server.app import Loaded, create_app
from server.draining import DrainingServer
from server.garbage import keep_what_is_loaded
from server.running import server_config, stopping_of
from server.settings import Settings

READY: Final = b"r"
DRAIN: Final = b"d"
"""Stop as on SIGTERM."""
CLOSE: Final = b"c"
"""Stop as on Ctrl+C."""


@dataclass(frozen=True, slots=True)
class Job:
    """What all workers of a server are given."""

    settings: Settings
    listener: socket.socket
    metrics_dir: Path
    """Where all of them count."""
    loaded: Loaded | None = None
    """The models, where the worker need not load them."""


class Orders:
    """Follows what the process above says, and does not outlive it."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._server: DrainingServer | None = None
        # A thread, so that the end of the process above is noticed while models are loaded, too.
        threading.Thread(target=self._follow, name="orders", daemon=True).start()

    def serve(self, job: Job) -> None:
        """Serve until told to stop. Raises LoadFailed where a model cannot be served."""
        share_processors(job.settings.workers)
        app = create_app(job.settings, loaded=job.loaded, metrics_dir=job.metrics_dir)
        keep_what_is_loaded()
        self._server = _Worker(server_config(app), stopping_of(app, job.settings), self._say_ready)
        self._server.run([job.listener])

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
