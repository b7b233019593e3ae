"""The command line as a whole: help, wrong use, exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import click
import pytest

from server.cli import COMMANDS, predictql, run

ROOT = Path(__file__).parents[3]


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    for name, sentence in COMMANDS.items():
        assert f"{name:8}  {sentence}" in shown


def test_help_imports_neither_estimators_nor_graphql_nor_the_web_framework() -> None:
    code = (
        "import sys; from server.cli import run; run(['--help']); "
        "sys.exit(bool({'sklearn', 'pandas', 'numpy', 'strawberry', 'graphql', 'fastapi', 'rich'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("arguments", [["--help"], ["--no-such-flag"]])
@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_and_wrong_use_import_neither_estimators_nor_graphql(name: str, arguments: list[str]) -> None:
    code = (
        f"import sys; from server.cli import run; run({[name, *arguments]}); "
        "print({'sklearn', 'pandas', 'numpy', 'joblib', 'onnx', 'strawberry', 'graphql', 'fastapi', 'uvicorn'}"
        " & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == "set()"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_the_command_itself_says(name: str) -> None:
    command = predictql.get_command(click.Context(predictql), name)
    assert command is not None
    assert (command.help or "").splitlines()[0] == COMMANDS[name]


def test_the_version_is_the_distributions(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"predictql, version {version('predictql')}\n"


def test_no_command_at_all_is_wrong_use_and_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Commands:" in captured.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sevre"], "Error: No such command 'sevre'. See `predictql --help`.\n"),
        (["settings", "--formt"], "Error: No such option '--formt'. Did you mean '--format'? See `predictql settings"),
        (["settings", "--format", "yaml"], "Error: Invalid value for '--format': 'yaml' is not one of"),
        (["demo"], "Error: Missing argument 'DIR'. See `predictql demo --help`.\n"),
    ],
)
def test_wrong_use_is_one_line_that_says_where_help_is(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(said)
    assert captured.err.count("\n") == 1


def test_the_installed_command_is_this_one() -> None:
    command = Path(sys.executable).parent / "predictql"
    shown = subprocess.run([command, "--help"], check=True, capture_output=True, text=True)
    assert shown.stdout.startswith("Usage: predictql [OPTIONS] COMMAND")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_page_in_docs_shows_each_commands_help(name: str) -> None:
    command = predictql.get_command(click.Context(predictql), name)
    assert command is not None
    context = click.Context(
        command, info_name=f"predictql {name}", terminal_width=98, help_option_names=["-h", "--help"]
    )
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert f"## {name}\n" in page
    assert f"```\n{command.get_help(context)}\n```" in page, f"renew it with COLUMNS=100 predictql {name} --help"


def test_a_shell_can_complete_the_names_of_commands() -> None:
    command = Path(sys.executable).parent / "predictql"
    environ = {**os.environ, "_PREDICTQL_COMPLETE": "bash_complete", "COMP_WORDS": "predictql se", "COMP_CWORD": "1"}
    shown = subprocess.run([command], check=True, capture_output=True, text=True, env=environ)
    assert shown.stdout.split() == ["plain,serve", "plain,settings"]
