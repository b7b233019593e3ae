"""`predictql inspect`: what the models of a folder take and answer, as tables."""

from __future__ import annotations

import click

from server.cli.flags import load_settings


@click.command("inspect")
@click.argument("models", metavar="[PATH]", required=False)
def command(models: str | None) -> None:
    """Show what the models of a folder take and answer.

    PATH is that folder, or the folder or file of one model; `models` where it is left out. The exit code is 1 where a
    model cannot be served.
    """
    settings = load_settings(models=models, keep_going="true")
    from server.cli.inspect_models import inspect_models  # noqa: PLC0415  # slow, and not needed for --help

    inspect_models(settings)
