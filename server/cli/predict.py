"""`predictql predict`: a file of rows in, a file of predictions out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

SOME_ROWS_FAILED: Final = 3
"""The exit code where all was done, and some rows have no prediction."""


@click.command("predict")
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("model")
@click.argument("rows", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write; else CSV on stdout."
)
@click.option("--version", metavar="N", help="The version to ask; else the one that serves by default.")
@click.option("--outputs", metavar="NAMES", help="What to ask for, separated by commas; else all that are no lists.")
@click.option("--keep", metavar="COLUMN", multiple=True, help="A column of ROWS to write, too; may be repeated.")
@click.option("--keep-all", is_flag=True, help="Write all columns of ROWS, too.")
def command(  # noqa: PLR0913  # one for each argument and option
    *,
    path: Path,
    model: str,
    rows: Path,
    output: Path | None,
    version: str | None,
    outputs: str | None,
    keep: Sequence[str],
    keep_all: bool,
) -> int:
    """Score a file of rows with one model.

    PATH is a folder of models, or the folder or file of one model; MODEL is its name. ROWS, and the file to write, are
    CSV, TSV, JSON Lines or Parquet, as their names say. There is one row in the output for each in the input. Rows that
    cannot be predicted are empty there, and OUTPUT.errors.csv says why, with the numbers of their lines or rows: the
    exit code is then 3.
    """
    if output is not None and output.exists() and output.samefile(rows):
        raise click.UsageError(f"{output} holds the rows; write to another file.", click.get_current_context())
    from server.cli.predict_rows import Asked, predict_rows  # noqa: PLC0415  # slow, and not needed for --help

    asked = Asked(
        path=path,
        model=model,
        rows=rows,
        output=output,
        version=version,
        outputs=_names(outputs),
        keep=None if keep_all else keep,
    )
    return 0 if predict_rows(asked) else SOME_ROWS_FAILED


def _names(outputs: str | None) -> list[str]:
    return [name.strip() for name in (outputs or "").split(",") if name.strip()]
