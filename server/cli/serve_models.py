"""What `predictql serve` does. It imports all that models need, so it is imported when the arguments are right."""

from __future__ import annotations

import signal
import sys

from fastapi import FastAPI

from server.app import create_app
from server.assets import BUILD_COMMAND
from server.cli.banner import address, banner
from server.cli.models import models_of, plain_failures
from server.cli.terminal import show
from server.draining import DrainingServer
from server.garbage import keep_what_is_loaded
from server.listener import taken
from server.running import begin_log, server_config, stopping_of
from server.settings import Settings
from server.workers.serve import serve_with_workers


def serve_models(settings: Settings) -> None:
    """Serve until a signal ends it. Raises Failure."""
    begin_log(settings)
    # The port is taken before the models are loaded, so that one in use is known at once, and opened after.
    with plain_failures(), taken(settings.host, settings.port) as listener:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _stop)
        app = create_app(settings)
        keep_what_is_loaded()
        url = address(settings.host, listener.getsockname()[1])
        shown = banner(models_of(app.state.loaded), url, _explorer(app, settings))
        if settings.workers > 1:
            serve_with_workers(app, settings, listener, lambda: show(shown))
        else:
            DrainingServer(server_config(app), stopping_of(app, settings), lambda: show(shown)).run([listener])


def _stop(number: int, _frame: object) -> None:
    """Leave with success: a signal is how a server is told to stop.

    While requests are answered, uvicorn has handlers of its own; it calls this one when the last is.
    """
    del number
    sys.exit(0)


def _explorer(app: FastAPI, settings: Settings) -> str:
    if not settings.graphiql:
        return "GraphiQL is switched off"
    if app.state.assets is None:
        return f"GraphiQL's files come from a CDN; {BUILD_COMMAND} lets them come from here"
    return "GraphiQL in a browser; needs no other host"
