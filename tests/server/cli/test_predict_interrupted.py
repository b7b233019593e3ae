"""`predictql predict`, interrupted."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let processes heed SIGINT: those that a script started in the background ignore it, and so do theirs."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_ended_leaves_nothing_and_what_was_there_stays(
    models_folder: ModelsFolder, tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    frame = pd.DataFrame({"a": [1.5, 2.5], "b": [3.5, 4.5]})
    models_folder.add("m", LinearRegression().fit(frame, frame["a"]), sample=frame)
    (tmp_path / "rows.csv").write_text("a,b\n" + "1.5,3.5\n" * 1_000_000)
    (tmp_path / "out.csv").write_text("of an earlier run")
    program = str(Path(sys.executable).parent / "predictql")
    command = [program, "predict", str(models_folder.path), "m", "rows.csv", "-o", "out.csv"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("rows.csv: 1")
        process.send_signal(sent)
        assert process.wait(timeout=20) == code
    assert {path.name for path in tmp_path.glob("*.*")} | {path.name for path in tmp_path.glob(".*")} == {
        "rows.csv",
        "out.csv",
    }
    assert (tmp_path / "out.csv").read_text() == "of an earlier run"


def test_help_comes_without_loading_what_models_need() -> None:
    program = """
import sys

from server.cli import run

assert run(["predict", "--help"]) == 0
print(sorted({"numpy", "pandas", "sklearn", "pyarrow", "strawberry", "inference"} & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
