"""SIGTERM to a real `predictql serve` under load: every request that it has is answered, then it ends well."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).parents[2]
CALLERS = 50
GIVE_UP_SECONDS = 60


@contextmanager
def _serving(models: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the command line's own server and give its process and its address."""
    command = [sys.executable, "-c", "from server.cli import main; main()", "serve", str(models), "--port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    watch = threading.Timer(GIVE_UP_SECONDS, process.kill)
    watch.start()
    try:
        assert process.stdout is not None
        addresses = (re.search(r"http://(\S+)/readyz", line) for line in process.stdout)
        address = next((found[1] for found in addresses if found), None)
        assert address, process.stderr and process.stderr.read()
        yield process, address
    finally:
        watch.cancel()
        process.kill()
        process.communicate()


def _asked(address: str, number: int) -> HTTPConnection:
    """Send a request on a connection of its own and leave its answer for later."""
    connection = HTTPConnection(address, timeout=GIVE_UP_SECONDS)
    query = json.dumps({"query": f"{{ sleepy(input: {{x: {number}}}) {{ value }} }}"})
    connection.request("POST", "/graphql", query, {"content-type": "application/json"})
    return connection


def _answered(connection: HTTPConnection) -> float:
    with connection.getresponse() as response:
        value: float = json.load(response)["data"]["sleepy"]["value"]
    connection.close()
    return value


def _accepts(address: str) -> bool:
    connection = HTTPConnection(address, timeout=GIVE_UP_SECONDS)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    except ConnectionError:
        return False
    finally:
        connection.close()


def test_requests_that_work_and_those_that_wait_are_all_answered_before_it_ends(awkward_models: Path) -> None:
    numbers = range(100, 100 + CALLERS)
    with _serving(awkward_models) as (process, address):
        # The first row is a model call of its own, of a second; the others wait for the next.
        asking = [_asked(address, number) for number in numbers]
        assert _accepts(address)  # it reads in the order of arrival: the requests are with it now
        process.send_signal(signal.SIGTERM)
        start = time.monotonic()
        while _accepts(address):
            assert time.monotonic() - start < GIVE_UP_SECONDS
        assert [_answered(connection) for connection in asking] == [2 * number for number in numbers]
        assert time.monotonic() - start > 1, "the waiting rows were asked for after the signal"
        assert process.wait() == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
