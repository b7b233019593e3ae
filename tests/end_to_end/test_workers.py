"""`predictql serve --workers N`: processes that share a port, one of which may die, and that end together."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.end_to_end.command import COMMAND, GIVE_UP_SECONDS, Server, answer, calling, send, serving, sleepy, until

WORKERS = 3
_ENDED = ("RemoteDisconnected", "ConnectionResetError", "BrokenPipeError", "IncompleteRead", "BadStatusLine")
"""What a caller sees of a process that is gone, depending on how far its request or answer was."""
THREADED = """
import threading
from sklearn.linear_model import LinearRegression

threading.Thread(target=threading.Event().wait, daemon=True).start()

class Odd(LinearRegression):
    pass
"""
DEADLY = """
import os, signal
from sklearn.linear_model import LinearRegression

class Odd(LinearRegression):
    def predict(self, rows):
        if rows[0][0] >= 100:
            os.kill(os.getpid(), signal.SIGSEGV)
        return super().predict(rows)
"""
SAVE = """
import sys, joblib, pandas
sys.path.insert(0, sys.argv[1] + "/code")
from odd import Odd
joblib.dump(Odd().fit([[0.0], [1.0]], [0.0, 2.0]), sys.argv[1] + "/model.joblib")
pandas.DataFrame({"x": [0.0, 1.0]}).to_csv(sys.argv[1] + "/sample.csv", index=False)
"""


def _odd(folder: Path, code: str) -> Path:
    """Save a model that doubles, as `sleepy`, with a class of its own; return the folder of models."""
    model = folder / "sleepy"
    (model / "code").mkdir(parents=True)
    (model / "code" / "odd.py").write_text(code)
    subprocess.run([sys.executable, "-c", SAVE, str(model)], check=True)
    return folder


@pytest.fixture(scope="module")
def server(awkward_models: Path) -> Iterator[Server]:
    """Serve with several workers, for tests that leave as many behind."""
    with serving(awkward_models, "--workers", str(WORKERS)) as started:
        yield started


def _workers(server: Server) -> set[int]:
    process = server.process.pid
    return set(map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split()))


def _doubled(server: Server, number: int) -> float:
    connection = HTTPConnection(server.address, timeout=GIVE_UP_SECONDS)
    send(connection, sleepy(number))
    value: float = answer(connection)["data"]["sleepy"]["value"]
    return value


def _is_gone(process: int) -> bool:
    """Tell whether a process has ended; nobody may have taken note of its end yet."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_each_worker_answers_at_the_one_port(server: Server) -> None:
    workers = _workers(server)
    assert len(workers) == WORKERS
    for worker in workers:
        others = workers - {worker}
        for other in others:
            os.kill(other, signal.SIGSTOP)
        try:
            assert _doubled(server, 21) == pytest.approx(42)
        finally:
            for other in others:
                os.kill(other, signal.SIGCONT)


def test_each_worker_knows_what_all_have_counted(server: Server) -> None:
    def counted() -> float:
        page = server.page("/metrics")
        return float(re.findall(r'^predictql_predictions_total{.*model="sleepy".*} (.*)$', page, re.MULTILINE)[0])

    _doubled(server, 3)
    before = counted()
    for _ in range(20):
        _doubled(server, 3)
    assert [counted() for _ in range(10)] == [before + 20] * 10


def test_a_killed_worker_is_replaced_and_only_what_it_was_answering_fails(server: Server) -> None:
    before = _workers(server)
    callers_of_all = 12
    with calling(server.address) as callers:
        callers.start(callers_of_all, keep=True)
        until(lambda: callers.right > 100 or bool(callers.failures))
        assert callers.failures == []
        victim = min(before)
        os.kill(victim, signal.SIGKILL)
        until(lambda: len(_workers(server) - {victim}) == WORKERS)
        right = callers.right
        until(lambda: callers.right > right + 100)
        lost = list(callers.failures)
        # A caller whose connection ended makes a new one: nobody fails twice, and nobody has a wrong answer.
        assert len(lost) < callers_of_all
        assert [failure for failure in lost if not failure.startswith(_ENDED)] == []
        until(lambda: callers.right > right + 300)
        assert callers.failures == lost
    assert len(_workers(server) & before) == WORKERS - 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_under_load_stops_all_workers_and_fails_no_request(awkward_models: Path, number: int) -> None:
    with serving(awkward_models, "--workers", "2") as server, calling(server.address) as callers:
        workers = _workers(server)
        callers.start(12, keep=True)
        callers.start(4, keep=False)
        until(lambda: callers.right > 200 or bool(callers.failures))
        if number == signal.SIGINT:  # a terminal sends it to all of its processes
            for worker in workers:
                os.kill(worker, number)
        server.process.send_signal(number)
        callers.wait()
        assert callers.failures == []
        assert server.stopped() == (0, "")
        assert all(map(_is_gone, workers))


def test_workers_do_not_outlive_the_process_above_them(awkward_models: Path) -> None:
    with serving(awkward_models, "--workers", "2") as server:
        workers = _workers(server)
        connection = HTTPConnection(server.address, timeout=GIVE_UP_SECONDS)
        send(connection, sleepy(100))
        _doubled(server, 1)
        server.process.kill()
        assert answer(connection) == {"data": {"sleepy": {"value": 200}}}
        until(lambda: all(map(_is_gone, workers)))
        assert not server.accepts()


def test_a_model_that_cannot_be_served_is_said_once_and_no_worker_starts(tmp_path: Path) -> None:
    (tmp_path / "bad.joblib").write_bytes(b"no model")
    flags = ("serve", str(tmp_path), "--port", "0", "--workers", "4")
    done = subprocess.run([*COMMAND, *flags], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"Error: {tmp_path / 'bad.joblib'}: ")


def test_workers_that_keep_dying_end_the_server_with_the_reason(tmp_path: Path) -> None:
    with serving(_odd(tmp_path, DEADLY), "--workers", "2") as server:
        while server.process.poll() is None:
            try:
                _doubled(server, 100)
            except OSError:
                continue  # the worker died of it
        code, err = server.stopped()
        assert code == 1
        assert err.count("was ended by SIGSEGV. Another takes its place.") == 10
        assert err.splitlines()[-1] == "Error: 11 workers died within 60 s, and the last was ended by SIGSEGV."


def test_models_that_leave_threads_behind_are_loaded_by_each_worker(tmp_path: Path) -> None:
    with serving(_odd(tmp_path, THREADED), "--workers", "2") as server:
        workers = _workers(server)
        assert len(workers) == 2
        assert _doubled(server, 21) == pytest.approx(42)
        os.kill(min(workers), signal.SIGKILL)
        until(lambda: len(_workers(server) - {min(workers)}) == 2)
        assert _doubled(server, 4) == pytest.approx(8)
        server.process.send_signal(signal.SIGTERM)
        code, err = server.stopped()
        assert code == 0
        assert "each worker loads them for itself" in err
