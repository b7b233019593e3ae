"""Serves one port with several processes."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from fastapi import FastAPI

from server.running import stopping_of
from server.settings import Settings
from server.workers.birth import start_copy, start_process
from server.workers.orders import Job, Orders
from server.workers.supervisor import Birth, Supervisor

logger = logging.getLogger(__name__)

_MEMORY: Final = "/dev/shm"  # noqa: S108  # the folder in it is private
"""Where a container whose file system is read-only can write, too."""
_BEYOND_SECONDS: Final = 5
"""Workers stop by themselves in time; who takes longer than this has lost its way."""


def serve_with_workers(app: FastAPI, settings: Settings, listener: socket.socket, announce: Callable[[], None]) -> None:
    """Serve with `settings.workers` processes until told to stop.

    `announce` is called when all of them are ready. Raises WorkersFailed.
    """
    stopping = stopping_of(app, settings)
    patience = stopping.open_seconds + stopping.answer_seconds + _BEYOND_SECONDS
    with TemporaryDirectory(prefix="predictql-", dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None) as folder:
        job = Job(settings, listener, Path(folder), app.state.loaded)
        birth = _copies(job) if app.state.loaded.threads.are_as_before() else _processes(job)
        Supervisor(settings.workers, birth, announce, patience).run()


def _copies(job: Job) -> Birth:
    def work(channel: socket.socket) -> None:
        Orders(channel).serve(job)

    def birth(channel: socket.socket, others: Iterable[socket.socket]) -> int:
        return start_copy(work, channel, others)

    return birth


def _processes(job: Job) -> Birth:
    logger.info("Loading the models left threads behind, so each worker loads them for itself and shares no memory.")
    return lambda channel, _: start_process(job, channel)
