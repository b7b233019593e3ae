"""How commands write to stdout: as wide as the terminal and in its colours, or plain where there is no terminal."""

from __future__ import annotations

import sys

import click
from rich import box
from rich.console import Console, RenderableType
from rich.table import Table

_PIPE_WIDTH = 160


def show(*parts: RenderableType) -> None:
    """Print these parts on stdout, one below the other. Text is taken as it is, not as rich's markup."""
    click.echo(as_text(*parts, width=None if sys.stdout.isatty() else _PIPE_WIDTH), nl=False)


def as_text(*parts: RenderableType, width: int | None = _PIPE_WIDTH) -> str:
    """Return what `show` would print; a width of None is the terminal's, with its colours."""
    console = Console(width=width, markup=False, emoji=False, highlight=False)
    with console.capture() as capture:
        for part in parts:
            console.print(part)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def table(*headings: str, wrap: tuple[str, ...] = ()) -> Table:
    """Return a table without frame. Only the columns in `wrap` give way where the terminal is narrow."""
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for heading in headings:
        made.add_column(heading, no_wrap=heading not in wrap, overflow="fold")
    return made
