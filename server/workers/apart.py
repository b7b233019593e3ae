"""The life of a worker that is a process of its own: it loads the models itself."""

from __future__ import annotations

import os
import signal
import socket
import sys
from pathlib import Path

from server.cli.failure import Failure
from server.cli.models import plain_failures
from server.running import begin_log
from server.settings import Settings
from server.workers.birth import SETTINGS_VARIABLE
from server.workers.orders import Job, Orders


def main(channel_descriptor: int, listener_descriptor: int, metrics_dir: str) -> None:
    """Serve with sockets that are inherited, and settings from a variable that holds them as JSON."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = Settings.model_validate_json(os.environ.pop(SETTINGS_VARIABLE))
    begin_log(settings)
    orders = Orders(socket.socket(fileno=channel_descriptor))
    with socket.socket(fileno=listener_descriptor) as listener:
        try:
            with plain_failures():
                orders.serve(Job(settings, listener, Path(metrics_dir)))
        except Failure as error:
            sys.exit("\n".join(f"Error: {cause}" for cause in error.causes))
