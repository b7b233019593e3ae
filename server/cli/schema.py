"""`predictql schema`: the GraphQL schema of a folder of models, as SDL."""

from __future__ import annotations

from pathlib import Path

import click

from server.cli.flags import load_settings


@click.command("schema")
@click.argument("models", metavar="[PATH]", required=False)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file to write instead.")
def command(models: str | None, output: Path | None) -> None:
    """Print the GraphQL schema of a folder of models.

    PATH is that folder, or the folder or file of one model; `models` where it is left out.
    """
    from server.app import load  # noqa: PLC0415  # slow, and not needed for --help
    from server.cli.models import plain_failures  # noqa: PLC0415  # as above

    with plain_failures():
        text = load(load_settings(models=models)).schema.as_str().rstrip("\n") + "\n"
    if output:
        output.write_text(text, encoding="utf-8")
    else:
        click.echo(text, nl=False)
