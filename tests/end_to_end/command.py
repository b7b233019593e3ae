"""`predictql serve` as a process of its own, and callers who do not stop."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
GIVE_UP_SECONDS = 240
COMMAND = (sys.executable, "-c", "from server.cli import main; main()")
JSON = {"content-type": "application/json"}


@dataclass
class Server:
    """A running server. `printed` is its stdout until the port was open."""

    process: subprocess.Popen[str]
    printed: str = ""
    address: str = ""

    def wait_until_open(self) -> None:
        """Read what is printed until the addresses are."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed += line
            if found := re.search(r"http://(\S+)/readyz", line):
                self.address = found[1]
                return
        assert self.process.stderr is not None
        raise AssertionError(self.process.stderr.read())

    def get(self, path: str) -> HTTPResponse:
        """Ask on a connection of its own."""
        connection = HTTPConnection(self.address, timeout=GIVE_UP_SECONDS)
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        connection.close()
        return response

    def page(self, path: str) -> str:
        """Return what is at an address."""
        connection = HTTPConnection(self.address, timeout=GIVE_UP_SECONDS)
        connection.request("GET", path)
        with connection.getresponse() as response:
            page = response.read().decode()
        connection.close()
        return page

    def accepts(self) -> bool:
        """Tell whether the port is open."""
        try:
            return self.get("/livez").status == 200
        except ConnectionError:
            return False

    def stopped(self) -> tuple[int, str]:
        """Wait for the end and return the exit code and what stood on stderr."""
        _, err = self.process.communicate()
        return self.process.returncode, err


@contextmanager
def serving(models: Path, *flags: str) -> Iterator[Server]:
    """Start the command line's own server on a free port, and wait until it is open."""
    command = [*COMMAND, "serve", str(models), "--port", "0", *flags]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    watch = threading.Timer(GIVE_UP_SECONDS, process.kill)
    watch.start()
    try:
        server = Server(process)
        server.wait_until_open()
        yield server
    finally:
        watch.cancel()
        process.kill()
        process.communicate()


def send(connection: HTTPConnection, query: str) -> None:
    """Send an operation and leave its answer for later."""
    connection.request("POST", "/graphql", json.dumps({"query": query}), JSON)


def sleepy(number: int) -> str:
    """Ask the model that doubles, and takes a second for numbers from 100 on."""
    return f"{{ sleepy(input: {{x: {number}}}) {{ value }} }}"


def answer(connection: HTTPConnection) -> Any:
    """Return the decoded answer to what was sent, and close the connection."""
    try:
        with connection.getresponse() as response:
            return json.load(response)
    finally:
        connection.close()


@dataclass
class Callers:
    """Threads that ask one after the other until the port is closed, and what they met."""

    address: str
    right: int = 0
    failures: list[str] = field(default_factory=list)
    """Of requests that were let in: each is a fault of the server."""
    done: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self, count: int, *, keep: bool) -> None:
        """Start some callers, who keep their connections or make one for each request."""
        for number in range(count):
            thread = threading.Thread(target=self._call, args=(number, keep))
            thread.start()
            self._threads.append(thread)

    def wait(self) -> None:
        """Wait until all have found the port closed, or `done` was set."""
        for thread in self._threads:
            thread.join()

    def _call(self, number: int, keep: bool) -> None:  # noqa: FBT001  # of a thread's target
        connection = None
        while not self.done.is_set():
            if connection is None:
                connection = self._connect()
                if connection is None:
                    return
            connection = self._ask(connection, number, keep=keep)
        if connection:
            connection.close()

    def _connect(self) -> HTTPConnection | None:
        connection = HTTPConnection(self.address, timeout=GIVE_UP_SECONDS)
        try:
            connection.connect()
        except ConnectionRefusedError:
            return None
        return connection

    def _ask(self, connection: HTTPConnection, number: int, *, keep: bool) -> HTTPConnection | None:
        try:
            send(connection, sleepy(number))
            response = connection.getresponse()
            said = json.loads(response.read())
        except Exception as error:  # noqa: BLE001  # whatever it is, the test shows it
            self.failures.append(repr(error))
            connection.close()
            return None
        if said == {"data": {"sleepy": {"value": 2.0 * number}}}:
            self.right += 1
        else:
            self.failures.append(str(said))
        if keep and not response.will_close:
            return connection
        connection.close()
        return None


@contextmanager
def calling(address: str) -> Iterator[Callers]:
    """Give callers, who end with the block."""
    callers = Callers(address)
    try:
        yield callers
    finally:
        callers.done.set()
        callers.wait()


def until(is_so: Callable[[], bool], watch: threading.Event | None = None) -> None:
    """Wait until something is so; the server's own time limit ends the wait where it never is."""
    pause = watch or threading.Event()
    while not is_so():
        pause.wait(0.01)
