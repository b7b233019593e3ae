"""`predictql settings`: everything that can be set, as a table."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from server.settings import describe

HEADER = ("Flag", "Variable", "Default", "What it is")
PAGE = """\
# Settings

Each setting is taken from its flag, else from its environment variable, else it is the default. An empty variable is
not set. A variable that starts with `PREDICTQL_` and is no setting stops the start, so that no misspelt name is
silently ignored; those that Kubernetes makes for a Service named `predictql` are left alone. `PORT` is used where
neither `--port` nor `PREDICTQL_PORT` is given, as platforms such as Cloud Run expect.

`predictql settings` prints this list. The page is made with `predictql settings --format markdown -o docs/settings.md`.
"""


PIPE_WIDTH = 150  # of the table where no terminal says how wide it is


@click.command("settings")
@click.option("--format", "style", type=click.Choice(["table", "markdown"]), default="table", help="How to write it.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file to write instead.")
def command(style: str, output: Path | None) -> None:
    """List everything that can be set."""
    text = markdown() if style == "markdown" else _table(None if sys.stdout.isatty() and not output else PIPE_WIDTH)
    if output:
        output.write_text(text, encoding="utf-8")
    else:
        click.echo(text, nl=False)


def markdown() -> str:
    """Write the page docs/settings.md."""
    rows = [[*(f"`{cell}`" for cell in cells), text] for *cells, text in _rows()]
    lines = [" | ".join(row) for row in (HEADER, ["---"] * len(HEADER), *rows)]
    return PAGE + "".join(f"\n| {line} |" for line in lines) + "\n"


def _table(width: int | None) -> str:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in HEADER:
        table.add_column(heading, no_wrap=heading != HEADER[-1])
    for row in _rows():
        table.add_row(*row)
    console = Console(width=width, markup=False, highlight=False)
    with console.capture() as capture:
        console.print(table)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def _rows() -> list[tuple[str, str, str, str]]:
    return [(one.flag, one.variable, one.default, one.help) for one in describe()]
