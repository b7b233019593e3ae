"""Showing how far a long job over many rows is: a bar in a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

Report = Callable[[float, int], None]
"""Told how much is done, from 0 to 1, and how many rows that is."""

_LINES: Final = 10
"""At most so many plain lines."""


@contextmanager
def show_rows(name: str) -> Iterator[Report]:
    """Show on stderr how far the work on a file is while the block runs."""
    if not sys.stderr.isatty():
        yield _lines(name)
        return
    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[rows]:,} rows"), TimeRemainingColumn())
    console = Console(stderr=True, markup=False, highlight=False)
    with Progress(TextColumn("{task.description}", markup=False), *columns, console=console) as live:
        task = live.add_task(name, total=1.0, rows=0)
        yield lambda done, rows: live.update(task, completed=done, rows=rows)


def _lines(name: str) -> Report:
    said = 0

    def report(done: float, rows: int) -> None:
        nonlocal said
        if int(done * _LINES) > said and done < 1:
            said = int(done * _LINES)
            click.echo(f"{name}: {done:.0%}, {rows:,} rows", err=True)

    return report
