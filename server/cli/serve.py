"""`predictql serve`: load the models, open the door, answer until told to stop."""

from __future__ import annotations

import click

from server.cli.flags import load_settings, settings_flags


@click.command("serve")
@settings_flags
def command(**flags: object) -> None:
    """Serve a folder of models.

    PATH is that folder, or the folder or file of one model; `models` where it is left out. SIGTERM and Ctrl+C stop the
    server when the requests that it has are answered.
    """
    settings = load_settings(**flags)
    from server.cli.serve_models import serve_models  # noqa: PLC0415  # slow, and not needed for --help

    serve_models(settings)
