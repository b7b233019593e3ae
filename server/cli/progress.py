"""Showing how several jobs get on: live in a terminal, as plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import click
from rich.console import Console
from rich.progress import Progress as LiveProgress
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn


class Progress(Protocol):
    """Told when a job begins and how it ended."""

    def begin(self, name: str) -> None:
        """Take note that the job has begun."""

    def end(self, name: str, said: str) -> None:
        """Take note that the job has ended, and how."""


@contextmanager
def show_progress(names: Sequence[str]) -> Iterator[Progress]:
    """Show these jobs on stderr while the block runs."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    columns = (SpinnerColumn(finished_text=" "), TextColumn("{task.description}"), TimeElapsedColumn())
    with LiveProgress(*columns, TextColumn("{task.fields[said]}"), console=Console(stderr=True)) as live:
        yield _Live(live, names)


class _Lines:
    """A line for each beginning and end."""

    def __init__(self) -> None:
        self._began: dict[str, float] = {}

    def begin(self, name: str) -> None:
        self._began[name] = time.monotonic()
        click.echo(f"{name}: training ...", err=True)

    def end(self, name: str, said: str) -> None:
        took = f" ({time.monotonic() - self._began[name]:.1f} s)" if name in self._began else ""
        click.echo(f"{name}: {said}{took}", err=True)


class _Live:
    """A row with a spinner and a clock for each job."""

    def __init__(self, live: LiveProgress, names: Sequence[str]) -> None:
        self._live = live
        self._rows = {name: live.add_task(name, total=1, start=False, said="waiting") for name in names}

    def begin(self, name: str) -> None:
        self._live.start_task(self._rows[name])
        self._live.update(self._rows[name], said="training ...")

    def end(self, name: str, said: str) -> None:
        self._live.update(self._rows[name], completed=1, said=said)
