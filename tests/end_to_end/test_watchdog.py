"""A model that hangs on the event loop is named in the log, and SIGTERM ends the server all the same."""

from __future__ import annotations

import importlib
import json
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from subprocess import PIPE, Popen

import joblib
import pandas as pd
import pytest

from tests.end_to_end.command import GIVE_UP_SECONDS, ROOT, Server, send
from tests.end_to_end.hanging import FOR_A_WHILE, IN_A_LIBRARY, IN_A_PATTERN

STILL_SECONDS = 0.6
SERVE = f"""
import sys
from dataclasses import replace
from pathlib import Path
from server.app import create_app
from server.draining import DrainingServer
from server.listener import taken
from server.running import begin_log, server_config, stopping_of
from server.settings import Settings

settings = Settings(models=Path(sys.argv[1]), engine="native", drain_seconds=0, processes=0)
begin_log(settings)
with taken("127.0.0.1", 0) as listener:
    app = create_app(settings)
    stopping = replace(stopping_of(app, settings), still_seconds={STILL_SECONDS})
    address = "http://127.0.0.1:%d/readyz" % listener.getsockname()[1]
    DrainingServer(server_config(app), stopping, lambda: print(address, flush=True)).run([listener])
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with a model that hangs."""
    root = tmp_path_factory.mktemp("hanging")
    folder = root / "hanging"
    (folder / "code").mkdir(parents=True)
    code = Path(__file__).with_name("hanging.py")
    shutil.copy(code, folder / "code")
    sample = pd.DataFrame({"x": [1.0, 2.75, 8.0]})
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(code.parent)
        joblib.dump(importlib.import_module("hanging").Hanging().fit(sample), folder / "model.joblib")
        del sys.modules["hanging"]
    sample.to_csv(folder / "sample.csv", index=False)
    return root


@contextmanager
def _serving(models: Path) -> Iterator[tuple[Server, HTTPConnection]]:
    process = Popen([sys.executable, "-c", SERVE, str(models)], cwd=ROOT, stdout=PIPE, stderr=PIPE, text=True)
    watch = threading.Timer(GIVE_UP_SECONDS, process.kill)
    watch.start()
    try:
        server = Server(process)
        server.wait_until_open()
        with closing(HTTPConnection(server.address, timeout=GIVE_UP_SECONDS)) as connection:
            yield server, connection
    finally:
        watch.cancel()
        process.kill()
        process.communicate()


def _ask(connection: HTTPConnection, number: float) -> None:
    send(connection, f"{{ hanging(input: {{x: {number}}}) {{ value }} }}")


def _log_until(server: Server, text: str) -> str:
    """Read the log up to the line that has a text."""
    assert server.process.stderr is not None
    said = ""
    for line in server.process.stderr:
        said += line
        if text in line:
            return said
    raise AssertionError(said)


def test_what_the_loop_hangs_in_is_logged_and_unless_it_turns_again_sigterm_ends_the_server_at_once(
    models: Path,
) -> None:
    with _serving(models) as (server, connection):
        _ask(connection, FOR_A_WHILE)
        _log_until(server, "The event loop turns again.")
        assert json.load(connection.getresponse()) == {"data": {"hanging": {"value": 2 * FOR_A_WHILE}}}
        _ask(connection, IN_A_LIBRARY)
        said = _log_until(server, "in a call of hanging (version 1) with 1 rows.")
        assert f"The event loop has stood still for {STILL_SECONDS} s" in said
        _log_until(server, "in predict")
        time.sleep(0.2)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == -signal.SIGTERM


def test_a_server_that_was_told_to_stop_ends_though_its_loop_hangs(models: Path) -> None:
    with _serving(models) as (server, connection):
        _ask(connection, IN_A_PATTERN)
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        code, err = server.stopped()
        assert code == 1
        assert "in predict" in err
