"""`predictql settings`: everything that can be set, as a table."""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table

from server.cli.terminal import as_text, show, table
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


@click.command("settings")
@click.option("--format", "style", type=click.Choice(["table", "markdown"]), default="table", help="How to write it.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file to write instead.")
def command(style: str, output: Path | None) -> None:
    """List everything that can be set."""
    if output:
        output.write_text(_page() if style == "markdown" else as_text(_table()), encoding="utf-8")
    elif style == "markdown":
        click.echo(_page(), nl=False)
    else:
        show(_table())


def _page() -> str:
    """Write the page docs/settings.md."""
    rows = [[*(f"`{cell}`" for cell in cells), text] for *cells, text in _rows()]
    lines = [" | ".join(row) for row in (HEADER, ["---"] * len(HEADER), *rows)]
    return PAGE + "".join(f"\n| {line} |" for line in lines) + "\n"


def _table() -> Table:
    made = table(*HEADER, wrap=(HEADER[-1],))
    for row in _rows():
        made.add_row(*row)
    return made


def _rows() -> list[tuple[str, str, str, str]]:
    return [(one.flag, one.variable, one.default, one.help) for one in describe()]
