"""`predictql demo`: real training scripts into a folder, and scripts that fail."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from server.cli import run
from server.cli.demo import NAMES, SCRIPTS, train
from server.cli.progress import show_progress


def test_each_demo_model_has_its_script() -> None:
    assert [name for name in NAMES if not (SCRIPTS / f"{name}.py").is_file()] == []


def test_a_model_is_trained_once_and_again_only_by_force(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", str(tmp_path), "iris"]) == 0
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["card.yaml", "iris", "model.joblib", "sample.csv"]
    assert "iris: accuracy" in capsys.readouterr().err

    (tmp_path / "iris" / "card.yaml").unlink()
    assert run(["demo", str(tmp_path), "iris"]) == 0
    assert not (tmp_path / "iris" / "card.yaml").exists()
    assert capsys.readouterr().err == f"iris: already in {tmp_path / 'iris'}\n"

    assert run(["demo", str(tmp_path), "iris", "--force"]) == 0
    assert (tmp_path / "iris" / "card.yaml").exists()


def test_a_name_that_is_no_demo_model_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", str(tmp_path), "tulips"]) == 2
    assert "'tulips' is not one of 'iris', 'penguins'" in capsys.readouterr().err


def run_scripts(folder: Path, **scripts: str) -> dict[str, str]:
    places = folder / "examples"
    places.mkdir()
    for name, text in scripts.items():
        (places / f"{name}.py").write_text(text)
    with show_progress(list(scripts)) as progress:
        return anyio.run(train, places, list(scripts), folder, progress)


def test_a_failing_script_stops_no_other_and_its_last_word_is_the_reason(tmp_path: Path) -> None:
    good = "import pathlib, sys; pathlib.Path(sys.argv[1]).mkdir()"
    failures = run_scripts(tmp_path, bad="raise ValueError('no rows')", silent="raise SystemExit(3)", good=good)
    script = tmp_path / "examples" / "bad.py"
    assert failures["bad"] == f"ValueError: no rows; `{sys.executable} {script} DIR` says more"
    assert failures["silent"].startswith("it said nothing; ")
    assert "good" not in failures
    assert (tmp_path / "good").is_dir()


def test_a_script_that_misses_a_package_says_how_to_install_it(tmp_path: Path) -> None:
    failures = run_scripts(tmp_path, needy="import package_that_nobody_has")
    lock = tmp_path / "requirements" / "demo.txt"
    assert failures["needy"] == (
        "No module named 'package_that_nobody_has'; "
        f"install it with `{sys.executable} -m pip install --require-hashes -r {lock}`"
    )


def test_a_terminal_shows_a_row_for_each_model(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    code = f"from server.cli import run; raise SystemExit(run(['demo', {str(tmp_path)!r}, 'iris']))"
    environ = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120"}
    process = subprocess.Popen([sys.executable, "-c", code], cwd=SCRIPTS.parent, env=environ, stderr=theirs)
    os.close(theirs)
    shown = ""
    # The reading end of a pseudo-terminal fails when its last writer has gone.
    with contextlib.suppress(OSError):
        while read := os.read(ours, 4096):
            shown += read.decode(errors="replace")
    os.close(ours)
    assert process.wait() == 0
    assert "\x1b[" in shown
    assert "training ..." in shown
    assert shown.rindex("training ...") < shown.rindex("accuracy")
    assert (tmp_path / "iris" / "model.joblib").exists()
