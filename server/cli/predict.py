"""`predictql predict`: a file of rows in, a file of predictions out."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import click

from inference.errors import InferenceError, LoadFailed
from inference.load_one import load_one
from inference.score_file import Job, LineError, Progress, score_file
from inference.scoring import scoring
from inference.tables.known import table_format
from schema.names import field_name
from server.cli.failure import Failure
from server.cli.flags import load_settings
from server.cli.row_progress import show_rows
from server.cli.undisturbed import undisturbed

SOME_ROWS_FAILED: Final = 3
"""The exit code where all was done, and some rows have no prediction."""

_MOST_SHOWN: Final = 20


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
    start = time.monotonic()
    job = Job(rows, output or sys.stdout, None if keep_all else keep)
    try:
        for file in (rows, *([output] if output else [])):
            table_format(file)  # before a model is loaded
        with undisturbed():
            done = _score(job, path, model, version, _names(outputs))
    except LoadFailed as error:
        raise Failure(*map(str, error.errors)) from error
    except InferenceError as error:
        raise Failure(str(error)) from error
    _sum_up(job, done, time.monotonic() - start)
    return SOME_ROWS_FAILED if done.failed else 0


def _score(job: Job, path: Path, model: str, version: str | None, outputs: Sequence[str]) -> Progress:
    loaded = load_one(path, model, version, load_settings().trust)
    for warning in loaded.serving.warnings:
        click.echo(f"Warning: {warning}", err=True)
    with (
        scoring(loaded, _sources(outputs, (output.name for output in loaded.serving.outputs))) as scorer,
        show_rows(job.rows.name) as show,
    ):
        place = table_format(job.rows).place

        def report(progress: Progress, wrong: Sequence[LineError]) -> None:
            show(progress.done, progress.rows)
            if job.errors is None:
                room = max(0, _MOST_SHOWN - (progress.failed - len(wrong)))
                for one in wrong[:room]:
                    click.echo(f"{job.rows}, {place} {one.line}: {one.error.message}", err=True)

        return score_file(job, scorer, loaded.signature, report)


def _names(outputs: str | None) -> list[str]:
    return [name.strip() for name in (outputs or "").split(",") if name.strip()]


def _sources(names: Sequence[str], known: Iterable[str]) -> list[str]:
    """Let outputs be named as in GraphQL, too."""
    sources = {field_name(name): name for name in known}
    return [sources.get(name, name) for name in names]


def _sum_up(job: Job, done: Progress, seconds: float) -> None:
    for feature in done.absent:
        taken = "it is missing, or has its default"
        click.echo(f"Warning: {job.rows} has no column {feature!r}: in all rows {taken}.", err=True)
    where = f" to {job.target}" if isinstance(job.target, Path) else ""
    click.echo(f"{done.rows:,} rows in {seconds:.1f} s{where}", err=True)
    if done.failed:
        why = f"; {job.errors} says why" if job.errors else ""
        click.echo(f"{done.failed:,} of them have no prediction{why}", err=True)
