"""The life of a process that answers for one model: a question comes, its answer goes, until nobody is left to ask."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import signal
import threading
import traceback
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, Final

import threadpoolctl

from inference.engines.engine import Engine
from inference.outputs.answers import Answers

PROTOCOL: Final = 5
"""Of pickles: arrays and columns of numbers are bytes in it."""
ORDER: Final = "big"
"""Of the bytes of a whole number. A process's own id is what it says first."""
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NAME: Final = 15


class RaisedElsewhere(Exception):
    """What a model raised in another process, with where it did, as text: its class may be unknown here."""


def answer_for(engine: Engine, channel: Connection, processors: int) -> None:
    """Answer what comes on a channel until it is closed. The libraries of numbers use so many processors.

    What comes while the engine computes is read meanwhile.
    """
    threadpoolctl.threadpool_limits(processors)
    questions: SimpleQueue[bytes | None] = SimpleQueue()
    with contextlib.suppress(EOFError, OSError):
        channel.send_bytes(os.getpid().to_bytes(4, ORDER))
        threading.Thread(target=_read, args=(channel, questions), name="read", daemon=True).start()
        while (asked := questions.get()) is not None:
            channel.send_bytes(_answer(engine, asked))


def _read(channel: Connection, questions: SimpleQueue[bytes | None]) -> None:
    with contextlib.suppress(EOFError, OSError):
        while True:
            questions.put(channel.recv_bytes())
    questions.put(None)


def question(columns: Any, count: int, methods: Any) -> bytes:
    """Return what is sent to a process."""
    return pickle.dumps((columns, count, methods), PROTOCOL)


def reply(answers: Answers) -> bytes:
    """Return what a process sends back."""
    return pickle.dumps(dict(answers.arrays), PROTOCOL)


def answers_of(answer: bytes) -> Answers:
    """Read what came back. Raises RaisedElsewhere where the model has raised."""
    arrays = pickle.loads(answer)
    if isinstance(arrays, str):
        raise RaisedElsewhere(arrays)
    return Answers(arrays)


def _answer(engine: Engine, asked: bytes) -> bytes:
    try:
        return reply(engine.ask(*pickle.loads(asked)))
    except BaseException:  # noqa: BLE001  # whatever a model raises, its process goes on
        return pickle.dumps(traceback.format_exc(), PROTOCOL)


def live_no_longer_than(parent: int, name: str) -> None:
    """Let the kernel end this process with that which made it, however that ends; `name` is what `ps` shows.

    Only Linux can do so (`man 2 prctl`), and only there processes are copied.
    """
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_NAME, name.encode()[:15], 0, 0, 0)
    if os.getppid() != parent:  # it was too late
        os._exit(0)
