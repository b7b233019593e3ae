"""Servers as processes of their own, on one core where the system lets a process choose."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final

from benchmarks.http.client import Address, Request

ROOT: Final = Path(__file__).parents[2]
PREDICTQL: Final = (sys.executable, "-c", "from server.cli import main; main()")
_ONE_THREAD: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_START_SECONDS: Final = 120
_STOP_SECONDS: Final = 30


@dataclass(frozen=True)
class Command:
    """What starts a server; `{port}` stands for the port."""

    words: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    address: Address
    start_seconds: float
    """From the start of the process to its first right answer."""
    process: subprocess.Popen[bytes]

    def peak_megabytes(self) -> float:
        """Return the most memory that was resident, NaN where the system does not tell."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        except OSError:
            return float("nan")
        return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0.0)

    def processor_seconds(self) -> float:
        """Return how long it and the processes that it made have kept cores busy. Raises OSError without /proc."""
        return sum(map(_processor_seconds, _family(self.process.pid)))


def _family(process: int) -> Iterator[int]:
    """Yield a process, and all that it and they have made and that live."""
    yield process
    for task in Path(f"/proc/{process}/task").iterdir():
        for child in (task / "children").read_text(encoding="ascii").split():
            yield from _family(int(child))


def _processor_seconds(process: int) -> float:
    after_name = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")  # utime and stime of proc(5)


@contextmanager
def running(command: Command, first: Request, core: int | None = None) -> Iterator[Running]:
    """Start a server, wait until it answers, and stop it in the end. Raises RuntimeError where it does not answer."""
    port = _free_port()
    words = [word.format(port=port) for word in command.words]
    since = time.perf_counter()
    environment = {**os.environ, **_ONE_THREAD, **command.environment}
    process = subprocess.Popen(  # noqa: S603  # the commands are our own
        _on_core(core, words), cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    try:
        _wait(process, Address(port), first)
        yield Running(Address(port), time.perf_counter() - since, process)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def cores() -> tuple[int, int] | None:
    """Return a core for the server and one for the client, None where there are none to choose from."""
    found = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return (found[0], found[-1]) if len(found) > 1 else None


def _on_core(core: int | None, words: list[str]) -> list[str]:
    taskset = shutil.which("taskset")
    return words if core is None or taskset is None else [taskset, "-c", str(core), *words]


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[bytes], address: Address, first: Request) -> None:
    """Ask until the answer is right."""
    end = time.perf_counter() + _START_SECONDS
    while time.perf_counter() < end:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}; its reason stands above.")
        connection = HTTPConnection(address.host, address.port, timeout=_START_SECONDS)
        try:
            connection.connect()
            connection.sock.sendall(first.wire)
            response = connection.response_class(connection.sock, method="POST")
            response.begin()
            body = response.read()
        except (OSError, HTTPException):
            time.sleep(0.01)
            continue
        finally:
            connection.close()
        if response.status == 200 and first.accepts(body):  # noqa: PLR2004  # HTTP's OK
            return
        raise RuntimeError(f"{process.args!r} answered {response.status}: {body[:500]!r}")
    raise RuntimeError(f"{process.args!r} did not answer within {_START_SECONDS} s.")
