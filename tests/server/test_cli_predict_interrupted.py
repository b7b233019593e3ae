"""`predictql predict`, interrupted."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let processes heed SIGINT: those that a script started in the background ignore it, and so do theirs."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_run_leaves_nothing_and_what_was_there_stays(demo_models: Path, tmp_path: Path) -> None:
    lines = (demo_models / "iris" / "sample.csv").read_text().splitlines(keepends=True)
    (tmp_path / "rows.csv").write_text(lines[0] + "".join(lines[1:]) * 5000)
    (tmp_path / "out.csv").write_text("of an earlier run")
    program = str(Path(sys.executable).parent / "predictql")
    command = [program, "predict", str(demo_models), "iris", "rows.csv", "-o", "out.csv"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("rows.csv: 1")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 130
    assert {path.name for path in tmp_path.iterdir()} == {"rows.csv", "out.csv"}
    assert (tmp_path / "out.csv").read_text() == "of an earlier run"
