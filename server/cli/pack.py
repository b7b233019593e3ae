"""`predictql pack`: an artifact and a sample in, a model folder out, proved by loading it."""

from __future__ import annotations

from pathlib import Path

import click

from inference.card import Task

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("pack")
@click.argument("artifact", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="The name of the model, and of its folder.")
@click.option(
    "--sample", type=_FILE, help="Rows like the training data: CSV, TSV, JSON Lines or Parquet. 1000 are copied."
)
@click.option(
    "--targets",
    metavar="COLUMN",
    multiple=True,
    help="The sample's column with the targets, or a file with them: for metrics. Repeated for each of several.",
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
    targets: tuple[str, ...],
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
    from server.cli.pack_model import Asked, pack_model  # noqa: PLC0415  # slow, and not needed for --help

    asked = Asked(
        artifact=artifact,
        name=name,
        sample=sample,
        targets=targets,
        code=code,
        task=next((one for one in Task if one == task), None),
        trusted=trust,
        out=out,
        version=version,
        force=force,
    )
    pack_model(asked)
