"""`predictql pack`, ended while it works."""

from __future__ import annotations

import importlib
import signal
import subprocess
import sys
import time
from pathlib import Path

import joblib
import pytest

SLOW = '''
import time
from pathlib import Path


class Slow:
    """Says that it was called, and does not come back for long."""

    def predict(self, rows):
        Path("called").touch()
        time.sleep(60)
'''


def test_a_run_that_is_terminated_leaves_nothing_and_what_was_there_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "slow_model.py").write_text(SLOW)
    with monkeypatch.context() as patch:
        patch.syspath_prepend(str(tmp_path / "own"))
        joblib.dump(importlib.import_module("slow_model").Slow(), tmp_path / "m.joblib")
    del sys.modules["slow_model"]
    (tmp_path / "rows.csv").write_text("a\n1.5\n2.5\n")
    (tmp_path / "models" / "m").mkdir(parents=True)
    (tmp_path / "models" / "m" / "card.yaml").write_text("of an earlier run")
    program = str(Path(sys.executable).parent / "predictql")
    wanted = ["m.joblib", "--name", "m", "--sample", "rows.csv", "--task", "regression", "--code", "own", "--force"]
    with subprocess.Popen([program, "pack", *wanted], cwd=tmp_path, stderr=subprocess.PIPE) as process:
        end = time.monotonic() + 50
        while not (tmp_path / "called").exists():
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
        assert len(list((tmp_path / "models").iterdir())) == 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=40) == 143
    assert [path.name for path in (tmp_path / "models").rglob("*")] == ["m", "card.yaml"]
    assert (tmp_path / "models" / "m" / "card.yaml").read_text() == "of an earlier run"
