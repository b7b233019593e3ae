"""`predictql serve` as a process: what it prints, how it stops, how it fails."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import joblib
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression

from server.cli import run

COMMAND = (sys.executable, "-c", "from server.cli import main; main()")
ROOT = Path(__file__).parents[3]
GIVE_UP_SECONDS = 60
SLOW_CLASS = """
import time
from sklearn.linear_model import LinearRegression

class Slow(LinearRegression):
    def predict(self, rows):
        time.sleep(0.5 if rows[0][0] == 3.0 else 0)
        return super().predict(rows)
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with one model: y = 2 a + 3 b."""
    folder = tmp_path_factory.mktemp("models")
    joblib.dump(LinearRegression().fit([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [2.0, 3.0, 5.0]), folder / "line.joblib")
    return folder


class Process:
    """A running `predictql serve`."""

    def __init__(self, arguments: Sequence[str], environ: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "serve", *arguments],
            cwd=ROOT,
            env={**os.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.printed = ""

    def wait_until_open(self) -> str:
        """Read what is printed up to the last line of it; return the server's address."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed += line
            if line.startswith("Health"):
                break
        found = re.search(r"http://\S+(?=/graphql)", self.printed)
        assert found, (self.printed, self.process.stderr and self.process.stderr.read())
        return found[0]

    def stop(self, number: int) -> int:
        """Send a signal; return the exit code."""
        self.process.send_signal(number)
        return self.process.wait()


@contextmanager
def serving(*arguments: str, **environ: str) -> Iterator[Process]:
    made = Process(arguments, environ)
    watch = threading.Timer(GIVE_UP_SECONDS, made.process.kill)
    watch.start()
    try:
        yield made
    finally:
        watch.cancel()
        made.process.kill()
        made.process.communicate()


def ask(url: str, query: str) -> Any:
    body = json.dumps({"query": query}).encode()
    request = urllib.request.Request(f"{url}/graphql", body, {"content-type": "application/json"})  # noqa: S310  # http
    with urllib.request.urlopen(request) as answer:  # noqa: S310  # same
        return json.load(answer)


def test_it_prints_what_is_served_and_where_and_answers_there(models: Path) -> None:
    with serving(str(models), "--port", "0") as server:
        url = server.wait_until_open()
        line = r"^line +regression +LinearRegression +\S.* line, lineBatch +native, [\d.]+x +\d+ ms$"
        assert re.search(line, server.printed, re.MULTILINE)
        for path in ("/graphql", "/docs", "/readyz"):
            assert re.search(rf"{re.escape(url + path)}\b", server.printed)
        assert "\x1b" not in server.printed
        assert ask(url, "{ models { name } }") == {"data": {"models": [{"name": "line"}]}}
        assert server.stop(signal.SIGTERM) == 0
        assert server.process.communicate() == ("", "")


def test_a_terminal_gets_colours(models: Path) -> None:
    ours, theirs = pty.openpty()
    environ = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | {"TERM": "xterm-256color"}
    process = subprocess.Popen([*COMMAND, "serve", str(models), "--port", "0"], cwd=ROOT, env=environ, stdout=theirs)
    watch = threading.Timer(GIVE_UP_SECONDS, process.kill)
    watch.start()
    os.close(theirs)
    shown = b""
    while b"/readyz" not in shown:
        shown += os.read(ours, 4096)
    process.send_signal(signal.SIGINT)
    assert process.wait() == 0
    watch.cancel()
    os.close(ours)
    assert b"\x1b[1;36mhttp://" in shown


def test_ctrl_c_stops_it_with_success(models: Path) -> None:
    with serving(str(models), "--port", "0") as server:
        server.wait_until_open()
        assert server.stop(signal.SIGINT) == 0


def test_a_request_that_it_has_when_told_to_stop_is_answered_first(tmp_path: Path) -> None:
    folder = tmp_path / "slow"
    (folder / "code").mkdir(parents=True)
    (folder / "code" / "slow_regression.py").write_text(SLOW_CLASS)
    save = (
        "import sys, joblib; sys.path.insert(0, sys.argv[1] + '/code'); from slow_regression import Slow; "
        "joblib.dump(Slow().fit([[0.0], [1.0]], [0.0, 2.0]), sys.argv[1] + '/model.joblib')"
    )
    subprocess.run([sys.executable, "-c", save, str(folder)], check=True)
    with serving(str(tmp_path), "--port", "0") as server, ThreadPoolExecutor(1) as threads:
        url = server.wait_until_open()
        answer = threads.submit(ask, url, "{ slow(input: { features: [3.0] }) { value } }")
        time.sleep(0.2)
        assert server.stop(signal.SIGTERM) == 0
        assert answer.result()["data"]["slow"]["value"] == pytest.approx(6.0)


def test_port_is_taken_from_the_variable_of_platforms(models: Path) -> None:
    with serving(str(models), PORT="0") as server:
        assert not server.wait_until_open().endswith(":8000")


def test_without_graphiql_it_says_so_and_browsers_get_none(models: Path) -> None:
    with serving(str(models), "--port", "0", "--no-graphiql") as server:
        url = server.wait_until_open()
        assert "GraphiQL is switched off" in server.printed
        request = urllib.request.Request(f"{url}/graphql", headers={"accept": "text/html"})  # noqa: S310  # http
        with pytest.raises(urllib.error.HTTPError, match="404") as caught:
            urllib.request.urlopen(request)  # noqa: S310  # same
        caught.value.close()


def test_a_port_in_use_is_said_in_one_line(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert run(["serve", str(models), "--port", str(port)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        f"Error: Cannot listen on 127.0.0.1, port {port}: another process does; "
        "stop it, or choose another port with --port.\n"
    )


def test_a_host_that_is_not_this_machine_is_said_in_one_line(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["serve", str(models), "--host", "192.0.2.1", "--port", "0"]) == 1
    assert capsys.readouterr().err == (
        "Error: Cannot listen on 192.0.2.1, port 0: this machine does not have that address; "
        "choose another with --host.\n"
    )


def test_a_flag_or_variable_that_cannot_be_used_is_wrong_use(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["serve", "--port", "many"]) == 2
    monkeypatch.setenv("PREDICTQL_TREADS", "3")
    assert run(["serve"]) == 2
    assert capsys.readouterr().err == (
        "Error: --port cannot be 'many'; expected a whole number from 0 to 65535. See `predictql serve --help`.\n"
        "Error: PREDICTQL_TREADS is no setting; the nearest known is 'PREDICTQL_THREADS'. "
        "See `predictql serve --help`.\n"
    )


def test_each_model_that_cannot_be_served_gets_a_line_and_stops_the_start(models: Path, tmp_path: Path) -> None:
    spoil(tmp_path, models)
    with serving(str(tmp_path), "--port", "0") as server:
        out, err = server.process.communicate()
        assert server.process.returncode == 1
    assert out == ""
    lines = err.splitlines()
    assert [line.split(":")[1].strip() for line in lines] == [
        str(tmp_path / f"{name}.joblib") for name in ("bad", "worse")
    ]
    assert all(line.startswith("Error: ") for line in lines)


def test_with_keep_going_the_good_models_are_served_and_the_others_shown(models: Path, tmp_path: Path) -> None:
    spoil(tmp_path, models)
    with serving(str(tmp_path), "--port", "0", "--keep-going") as server:
        url = server.wait_until_open()
        assert re.search(r"^bad +FAILED$", server.printed, re.MULTILINE)
        assert f"Failed: {tmp_path / 'bad.joblib'}: " in server.printed
        assert ask(url, "{ models { name status } }")["data"]["models"] == [
            {"name": "bad", "status": "FAILED"},
            {"name": "line", "status": "READY"},
            {"name": "worse", "status": "FAILED"},
        ]


def spoil(folder: Path, models: Path) -> None:
    """Put the good model into the folder, and two that cannot be served."""
    (folder / "line.joblib").write_bytes((models / "line.joblib").read_bytes())
    (folder / "bad.joblib").write_bytes(b"no model")
    joblib.dump(DummyRegressor(), folder / "worse.joblib")
