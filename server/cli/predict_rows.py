"""What `predictql predict` does. It imports all that models need, so it is imported when the arguments are right."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
from server.cli.terminable import terminable
from server.cli.undisturbed import undisturbed

_MOST_SHOWN: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command was given."""

    path: Path
    model: str
    rows: Path
    output: Path | None
    version: str | None
    outputs: Sequence[str]
    keep: Sequence[str] | None
    """None for all columns."""


def predict_rows(asked: Asked) -> bool:
    """Score the rows and say how it went; return whether all have a prediction. Raises Failure."""
    start = time.monotonic()
    job = Job(asked.rows, asked.output or sys.stdout, asked.keep)
    try:
        for file in (asked.rows, *([asked.output] if asked.output else [])):
            table_format(file)  # before a model is loaded
        with undisturbed(), terminable():
            done = _score(job, asked)
    except LoadFailed as error:
        raise Failure(*map(str, error.errors)) from error
    except InferenceError as error:
        raise Failure(str(error)) from error
    _sum_up(job, done, time.monotonic() - start)
    return not done.failed


def _score(job: Job, asked: Asked) -> Progress:
    loaded = load_one(asked.path, asked.model, asked.version, load_settings().trust)
    for warning in loaded.serving.warnings:
        click.echo(f"Warning: {warning}", err=True)
    with (
        scoring(loaded, _sources(asked.outputs, (output.name for output in loaded.serving.outputs))) as scorer,
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
