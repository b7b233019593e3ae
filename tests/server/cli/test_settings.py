"""`predictql settings`, and the page that is made with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.cli import run
from server.settings import describe

ROOT = Path(__file__).parents[3]


def test_the_table_has_a_line_for_each_setting(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["settings"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    for setting in describe():
        assert [setting.flag, setting.variable, setting.default.split()[0]] in [line[:3] for line in lines]


def test_the_page_in_docs_is_what_the_command_writes(tmp_path: Path) -> None:
    assert run(["settings", "--format", "markdown", "-o", str(tmp_path / "settings.md")]) == 0
    assert (tmp_path / "settings.md").read_text() == (ROOT / "docs" / "settings.md").read_text()


def test_a_file_that_cannot_be_written_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nowhere = tmp_path / "missing" / "settings.md"
    assert run(["settings", "-o", str(nowhere)]) == 1
    assert capsys.readouterr().err == f"Error: {nowhere}: No such file or directory.\n"
