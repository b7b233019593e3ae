"""What `predictql pack` does. It imports all that models need, so it is imported when the arguments are right."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from inference.card import Task
from inference.errors import InferenceError, LoadFailed, ModelError, SampleError
from inference.packing import CARD, SAMPLE, Packed, PackJob, packing
from inference.score_file import Job, LineError, Progress, score_file
from inference.scoring import scoring
from server.app import load
from server.cli.failure import Failure
from server.cli.flags import load_settings
from server.cli.models import models_of
from server.cli.terminable import terminable
from server.cli.undisturbed import undisturbed

_MOST_SHOWN: Final = 5
MLMODEL: Final = "MLmodel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command was given."""

    artifact: Path
    name: str
    sample: Path | None
    targets: tuple[str, ...]
    code: Path | None
    task: Task | None
    trusted: tuple[str, ...]
    out: Path
    version: str | None
    force: bool


def pack_model(asked: Asked) -> None:
    """Make the folder and say how it went. Raises Failure."""
    job = _job(asked)
    try:
        with undisturbed(), terminable(), packing(job) as packed:
            # The schema knows of names that meet.
            (*_, shown) = models_of(load(load_settings(models=str(packed.folder))))
            wrong = _predicted(packed) if job.sample else []
    except LoadFailed as error:
        raise Failure(*(_hinted(one, job) for one in error.errors)) from error
    except InferenceError as error:
        raise Failure(str(error)) from error
    _say(job, shown, wrong)


def _job(asked: Asked) -> PackJob:
    targets = Path(asked.targets[0]) if len(asked.targets) == 1 else None
    is_file = targets is not None and targets.is_file()
    return PackJob(
        artifact=asked.artifact / MLMODEL if (asked.artifact / MLMODEL).is_file() else asked.artifact,
        name=asked.name,
        out=asked.out,
        sample=asked.sample,
        target_columns=() if is_file else asked.targets,
        targets=targets if is_file else None,
        code=asked.code,
        task=asked.task,
        trusted=asked.trusted,
        version=asked.version,
        force=asked.force,
        trust=load_settings().trust,
    )


def _predicted(packed: Packed) -> Sequence[LineError]:
    """Predict the sample; return why some of its rows have no prediction. Raises Failure where none has one."""
    errors: list[LineError] = []

    def report(progress: Progress, wrong: Sequence[LineError]) -> None:
        del progress
        errors.extend(wrong)

    with scoring(packed.model) as scorer:
        done = score_file(Job(packed.own / SAMPLE, io.StringIO()), scorer, packed.model.signature, report)
    if done.failed == done.rows:
        raise Failure(f"No row of the sample can be predicted: {errors[0].error.message}. Correct the sample.")
    return errors


def _hinted(error: ModelError, job: PackJob) -> str:
    if isinstance(error, SampleError) and not job.target_columns:
        return f"{error} A column that is the target is named with --targets."
    return str(error)


def _say(job: PackJob, model: dict[str, Any], wrong: Sequence[LineError]) -> None:
    click.echo(f"{job.folder} is ready: {model['field']}, {model['batchField']}")
    for warning in model["warnings"]:
        click.echo(f"Warning: {warning}", err=True)
    for one in wrong[:_MOST_SHOWN]:
        click.echo(f"Warning: {job.folder / SAMPLE}, line {one.line}: {one.error.message}", err=True)
    if len(wrong) > _MOST_SHOWN:
        click.echo(f"Warning: {len(wrong)} rows of the sample have no prediction.", err=True)
    click.echo(
        f"Say more about it in {job.folder / CARD}; `predictql inspect {job.out / job.name}` shows what it makes of it."
    )
