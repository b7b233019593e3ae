"""Signals to a real `predictql serve` under load: whoever was let in is answered, then it ends well."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.end_to_end.command import GIVE_UP_SECONDS, answer, calling, send, serving, sleepy, until

CALLERS = 50
ENDLESS = """
import threading, time
from sklearn.linear_model import LinearRegression

class Endless(LinearRegression):
    def predict(self, rows):
        time.sleep(0.01)  # so that its calls are made in a thread
        if rows[0][0] >= 100:
            threading.Event().wait()
        return super().predict(rows)
"""
SAVE = """
import sys, joblib, pandas
sys.path.insert(0, sys.argv[1] + "/code")
from endless import Endless
joblib.dump(Endless().fit([[0.0], [1.0]], [0.0, 2.0]), sys.argv[1] + "/model.joblib")
pandas.DataFrame({"x": [0.0, 1.0]}).to_csv(sys.argv[1] + "/sample.csv", index=False)
"""


def _asked(address: str, number: int) -> HTTPConnection:
    """Send a request on a connection of its own and leave its answer for later."""
    connection = HTTPConnection(address, timeout=GIVE_UP_SECONDS)
    send(connection, sleepy(number))
    return connection


@pytest.fixture
def patient_models(awkward_models: Path, tmp_path: Path) -> Path:
    """Give a folder with the model that takes a second, whose card allows it a minute."""
    shutil.copytree(awkward_models / "sleepy", tmp_path / "sleepy")
    (tmp_path / "sleepy" / "card.yaml").write_text("limits: {deadline_ms: 60000}\n")
    return tmp_path


def test_requests_that_work_and_those_that_wait_are_all_answered_before_it_ends(awkward_models: Path) -> None:
    numbers = range(100, 100 + CALLERS)
    with serving(awkward_models, "--drain-seconds", "0") as server:
        # The first row is a model call of its own, of a second; the others wait for the next.
        asking = [_asked(server.address, number) for number in numbers]
        assert server.accepts()  # it reads in the order of arrival: the requests are with it now
        server.process.send_signal(signal.SIGTERM)
        start = time.monotonic()
        until(lambda: not server.accepts())
        values = [answer(connection)["data"]["sleepy"]["value"] for connection in asking]
        assert values == [2 * number for number in numbers]
        assert time.monotonic() - start > 1, "the waiting rows were asked for after the signal"
        assert server.stopped() == (0, "")


@pytest.mark.parametrize("open_seconds", ["0", "1"])
def test_a_signal_under_load_fails_no_request(awkward_models: Path, open_seconds: str) -> None:
    with serving(awkward_models, "--drain-seconds", open_seconds) as server, calling(server.address) as callers:
        callers.start(16, keep=True)
        callers.start(8, keep=False)
        until(lambda: callers.right > 200 or bool(callers.failures))
        server.process.send_signal(signal.SIGTERM)
        callers.wait()  # each ends when its next connection is refused, so all met the end
        assert callers.failures == []
        assert server.stopped() == (0, "")


def test_while_it_drains_probes_hear_so_and_callers_are_answered_until_a_second_signal(awkward_models: Path) -> None:
    with serving(awkward_models, "--drain-seconds", "3600") as server:
        kept = HTTPConnection(server.address, timeout=GIVE_UP_SECONDS)
        send(kept, sleepy(1))
        with kept.getresponse() as before:
            assert before.getheader("connection") is None
            before.read()
        assert server.get("/readyz").status == 200
        server.process.send_signal(signal.SIGTERM)
        until(lambda: server.get("/readyz").status == 503)
        assert server.get("/livez").status == 200
        send(kept, sleepy(2))
        with kept.getresponse() as during:
            assert during.getheader("connection") == "close"
            assert during.read() == b'{"data":{"sleepy":{"value":4.0}}}'
        server.process.send_signal(signal.SIGINT)
        assert server.stopped() == (128 + signal.SIGINT, "")


def test_it_waits_for_a_model_whose_card_allows_it_longer_than_the_servers_deadline(patient_models: Path) -> None:
    with serving(patient_models, "--deadline-ms", "100", "--drain-seconds", "0") as server:
        # Two model calls of a second each.
        first = _asked(server.address, 100)
        assert server.accepts()
        second = _asked(server.address, 101)
        assert server.accepts()
        server.process.send_signal(signal.SIGTERM)
        assert answer(first) == {"data": {"sleepy": {"value": 200}}}
        assert answer(second) == {"data": {"sleepy": {"value": 202}}}
        assert server.stopped() == (0, "")


def test_a_model_call_that_nobody_waits_for_any_more_does_not_hold_it_up(tmp_path: Path) -> None:
    folder = tmp_path / "sleepy"
    (folder / "code").mkdir(parents=True)
    (folder / "code" / "endless.py").write_text(ENDLESS)
    (folder / "card.yaml").write_text("limits: {deadline_ms: 200}\n")
    subprocess.run([sys.executable, "-c", SAVE, str(folder)], check=True)
    with serving(tmp_path, "--drain-seconds", "0") as server:
        connection = _asked(server.address, 100)
        assert answer(connection)["errors"][0]["extensions"]["code"] == "DEADLINE_EXCEEDED"
        server.process.send_signal(signal.SIGTERM)
        code, err = server.stopped()
        assert code == 0
        assert "calls that nobody waits for" in err
