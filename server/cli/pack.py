"""`predictql pack`: an artifact and a sample in, a model folder out, proved by loading it."""

from __future__ import annotations

import io
from collections.abc import Sequence
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

_FILE = click.Path(dir_okay=False, path_type=Path)
_MOST_SHOWN: Final = 5
MLMODEL: Final = "MLmodel"


@click.command("pack")
@click.argument("artifact", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="The name of the model, and of its folder.")
@click.option(
    "--sample", type=_FILE, help="Rows like the training data: CSV, TSV, JSON Lines or Parquet. 1000 are copied."
)
@click.option(
    "--targets", metavar="COLUMN", help="The sample's column with the targets, or a file with them: for metrics."
)
@click.option("--code", type=click.Path(file_okay=False, exists=True, path_type=Path), help="A folder of own modules.")
@click.option(
    "--task",
    metavar="TASK",
    type=click.Choice([one.value for one in Task]),
    help="What it answers, where the estimator does not say it.",
)
@click.option(
    "--trust", metavar="TYPE", multiple=True, help="A type or function that a skops file may hold. May be repeated."
)
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    default="models",
    show_default=True,
    help="The folder of models.",
)
@click.option("--version", metavar="N", help="Add it as this version of the model.")
@click.option("--force", is_flag=True, help="Replace what is there, its card too.")
def command(  # noqa: PLR0913  # one for each argument and option
    *,
    artifact: Path,
    name: str,
    sample: Path | None,
    targets: str | None,
    code: Path | None,
    task: str | None,
    trust: tuple[str, ...],
    out: Path,
    version: str | None,
    force: bool,
) -> None:
    """Make a model folder of an artifact and a sample.

    Copies ARTIFACT, a file or a folder that MLflow wrote, writes sample.csv and a card.yaml that is ready to edit,
    loads the result as a server would, and predicts the sample. Only if that works is the folder put in its place.
    """
    is_file = targets is not None and Path(targets).is_file()
    job = PackJob(
        artifact=artifact / MLMODEL if (artifact / MLMODEL).is_file() else artifact,
        name=name,
        out=out,
        sample=sample,
        target=None if targets is None or is_file else targets,
        targets=Path(targets) if targets is not None and is_file else None,
        code=code,
        task=next((one for one in Task if one == task), None),
        trusted=trust,
        version=version,
        force=force,
        trust=load_settings().trust,
    )
    try:
        with undisturbed(), terminable(), packing(job) as packed:
            # The schema knows of names that meet.
            (*_, shown) = models_of(load(load_settings(models=str(packed.folder))))
            wrong = _predicted(packed) if sample else []
    except LoadFailed as error:
        raise Failure(*(_hinted(one, job) for one in error.errors)) from error
    except InferenceError as error:
        raise Failure(str(error)) from error
    _say(job, shown, wrong)


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
    if isinstance(error, SampleError) and job.target is None:
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
