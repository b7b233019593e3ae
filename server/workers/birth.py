"""How a worker comes to life: as a copy of this process with its loaded models, or as a process that loads its own."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterable
from typing import Final

from inference.processes.copying import copy_process
from server.workers.orders import Job

SETTINGS_VARIABLE: Final = "PREDICTQL_WORKER"
"""Holds the settings of a worker that is a process of its own, as JSON."""


def start_copy(work: Callable[[socket.socket], None], channel: socket.socket, others: Iterable[socket.socket]) -> int:
    """Start a worker as a copy of this process and return its id. `others` are sockets that the copy must not hold."""

    def alone() -> None:
        for other in others:
            other.close()
        work(channel)

    return copy_process(alone)


def start_process(job: Job, channel: socket.socket) -> int:
    """Start a worker as a process of its own, which loads the models again, and return its id."""
    descriptors = (channel.fileno(), job.listener.fileno())
    program = f"from server.workers.apart import main; main{(*descriptors, str(job.metrics_dir))}"
    for descriptor in descriptors:
        os.set_inheritable(descriptor, True)  # noqa: FBT003  # its parameter has no name
    environ = os.environ | {SETTINGS_VARIABLE: job.settings.model_dump_json()}
    process = os.posix_spawn(sys.executable, [sys.executable, "-c", program], environ)
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)  # noqa: FBT003  # same
    return process
