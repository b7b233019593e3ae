"""The command line: `predictql COMMAND`, one command a file."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

import click

from server.cli.failure import Failure
from server.garbage import look_for_garbage_seldom

# A command's module is imported when the command is asked for, so that `predictql --help` is quick.
COMMANDS = {
    "serve": "Serve a folder of models.",
    "demo": "Train the demo models into a folder.",
    "inspect": "Show what the models of a folder take and answer.",
    "pack": "Make a model folder of an artifact and a sample.",
    "predict": "Score a file of rows with one model.",
    "schema": "Print the GraphQL schema of a folder of models.",
    "settings": "List everything that can be set.",
}


FAILED, WRONG_USE, INTERRUPTED = 1, 2, 130


class Commands(click.Group):
    """The commands by name, imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, most wanted first."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"server.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing one."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="predictql")
def predictql() -> None:
    """Make a typed GraphQL API of a folder of trained models."""


def main() -> None:
    """Run the command line and leave the process with its exit code."""
    look_for_garbage_seldom()
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code: 0 is ok, the others are said in a line on stderr."""
    try:
        result = predictql.main(list(arguments), prog_name="predictql", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return WRONG_USE
    except click.UsageError as error:
        context = error.ctx.command_path if error.ctx else "predictql"
        click.echo(f"Error: {error.format_message()} See `{context} --help`.", err=True)
        return WRONG_USE
    except Failure as error:
        for cause in error.causes:
            click.echo(f"Error: {cause}", err=True)
        return FAILED
    except OSError as error:
        click.echo(f"Error: {error.filename}: {error.strerror}." if error.filename else f"Error: {error}", err=True)
        return FAILED
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    return result if isinstance(result, int) else 0
