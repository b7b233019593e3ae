"""`predictql serve`: load the models, open the door, answer until told to stop."""

from __future__ import annotations

import errno
import gc
import logging
import math
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import click
import uvicorn
from fastapi import FastAPI

from server.app import create_app
from server.assets import BUILD_COMMAND
from server.cli.banner import address, banner
from server.cli.failure import Failure
from server.cli.flags import load_settings, settings_flags
from server.cli.models import models_of, plain_failures
from server.cli.terminal import show
from server.settings import Settings

# Longer than load balancers keep an idle connection, so that none sends a request into one that is being closed.
KEEP_ALIVE_SECONDS = 75


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
    with _taken(settings.host, settings.port) as listener:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _stop)
        with plain_failures():
            app = create_app(settings)
        # What is loaded stays. Garbage collection would look through all of it and stop the server for 0.1 s each time.
        gc.collect()
        gc.freeze()
        url = address(settings.host, listener.getsockname()[1])
        shown = banner(models_of(app.state.loaded), url, _explorer(app, settings))
        _Server(_config(app, settings), lambda: show(shown)).run([listener])


class _Server(uvicorn.Server):
    """Says when the door is open."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the door. Raises Failure."""
        try:
            await super().startup(sockets)
        except OSError as error:
            raise Failure(f"Cannot listen on {self.config.host}: {_why(error)}.") from error
        self._announce()


def _config(app: FastAPI, settings: Settings) -> uvicorn.Config:
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
        timeout_graceful_shutdown=math.ceil(settings.deadline_ms / 1000),
    )


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


@contextmanager
def _taken(host: str, port: int) -> Iterator[socket.socket]:
    """Give a socket that has this address and does not listen yet. Raises Failure."""
    with ExitStack() as stack:
        try:
            family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            listener = stack.enter_context(socket.socket(family, kind, protocol))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(place)
        except OSError as error:
            raise Failure(f"Cannot listen on {host}, port {port}: {_why(error)}.") from error
        yield listener


def _why(error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return "there is no such address; choose another with --host"
    return {
        errno.EADDRINUSE: "another process does; stop it, or choose another port with --port",
        errno.EACCES: "this user may not; choose a port above 1023 with --port",
        errno.EADDRNOTAVAIL: "this machine does not have that address; choose another with --host",
    }.get(error.errno or 0, error.strerror or str(error))
