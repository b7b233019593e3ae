"""`predictql serve`: load the models, open the door, answer until told to stop."""

from __future__ import annotations

import gc
import logging
import signal
import sys

import click
import uvicorn
from fastapi import FastAPI

from server.app import create_app
from server.assets import BUILD_COMMAND
from server.cli.banner import address, banner
from server.cli.flags import load_settings, settings_flags
from server.cli.models import models_of, plain_failures
from server.cli.terminal import show
from server.draining import DrainingServer, Stopping
from server.listener import taken
from server.settings import Settings

# Longer than load balancers keep an idle connection, so that none sends a request into one that is being closed.
KEEP_ALIVE_SECONDS = 75
_WRITING_SECONDS = 1
"""For an answer that came with the deadline to reach its caller."""


@click.command("serve")
@settings_flags
def command(**flags: object) -> None:
    """Serve a folder of models.

    PATH is that folder, or the folder or file of one model; `models` where it is left out. SIGTERM and Ctrl+C stop the
    server when the requests that it has are answered.
    """
    settings = load_settings(**flags)
    _log(settings)
    # The port is taken before the models are loaded, so that one in use is known at once, and opened after.
    with plain_failures(), taken(settings.host, settings.port) as listener:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _stop)
        app = create_app(settings)
        # What is loaded stays. Garbage collection would look through all of it and stop the server for 0.1 s each time.
        gc.collect()
        gc.freeze()
        url = address(settings.host, listener.getsockname()[1])
        shown = banner(models_of(app.state.loaded), url, _explorer(app, settings))
        DrainingServer(_config(app), _stopping(app, settings), lambda: show(shown)).run([listener])


def _config(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="auto" if sys.platform == "win32" else "uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


def _stopping(app: FastAPI, settings: Settings) -> Stopping:
    """Wait for answers as long as the most patient model may take; a card may allow more than the settings."""
    infos = app.state.loaded.service.models()
    longest = max((info.serving.limits.deadline_seconds for info in infos if info.serving), default=0.0)
    return Stopping(app.state.health.begin_draining, settings.drain_seconds, longest + _WRITING_SECONDS)


def _stop(number: int, _frame: object) -> None:
    """Leave with success: a signal is how a server is told to stop.

    While requests are answered, uvicorn has handlers of its own; it calls this one when the last is.
    """
    del number
    sys.exit(0)


def _log(settings: Settings) -> None:
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    # What uvicorn says of starting and stopping is said by this command already.
    logging.getLogger("uvicorn.error").setLevel(max(level, logging.WARNING) if level > logging.DEBUG else level)


def _explorer(app: FastAPI, settings: Settings) -> str:
    if not settings.graphiql:
        return "GraphiQL is switched off"
    if app.state.assets is None:
        return f"GraphiQL's files come from a CDN; {BUILD_COMMAND} lets them come from here"
    return "GraphiQL in a browser; needs no other host"
