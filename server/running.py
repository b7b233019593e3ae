"""How a process serves: its HTTP server and its log."""

from __future__ import annotations

import logging
import sys
from functools import partial
from typing import Final

import uvicorn
from fastapi import FastAPI

from server.connection import Connection
from server.draining import Stopping
from server.settings import Settings

# Longer than load balancers keep an idle connection, so that none sends a request into one that is being closed.
KEEP_ALIVE_SECONDS: Final = 75
_WRITING_SECONDS: Final = 1
"""For an answer that came with the deadline to reach its caller."""


def server_config(app: FastAPI) -> uvicorn.Config:
    """Return how the HTTP server is to work."""
    return uvicorn.Config(
        app,
        loop="auto" if sys.platform == "win32" else "uvloop",
        http=partial(Connection, app.state.shortcut),  # type: ignore[arg-type]  # uvicorn only calls it
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


def stopping_of(app: FastAPI, settings: Settings) -> Stopping:
    """Wait for answers as long as the most patient model may take; a card may allow more than the settings."""
    infos = app.state.loaded.service.models()
    longest = max((info.serving.limits.deadline_seconds for info in infos if info.serving), default=0.0)
    return Stopping(app.state.health.begin_draining, settings.drain_seconds, longest + _WRITING_SECONDS)


def begin_log(settings: Settings) -> None:
    """Write the log to stderr."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    # What uvicorn says of starting and stopping is said by this command already.
    logging.getLogger("uvicorn.error").setLevel(max(level, logging.WARNING) if level > logging.DEBUG else level)
