"""The servers that are compared, each as a user would start it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.http.client import Request
from benchmarks.http.servers import PREDICTQL, Command
from benchmarks.http.subject import Workload

OURS: Final = "predictql"
BASELINE: Final = "Strawberry"


@dataclass(frozen=True)
class Contestant:
    """A server, and how it is asked."""

    name: str
    command: Command
    requests: Callable[[int], Sequence[Request]]
    """Makes requests of so many rows."""


def serve(models: Path, *flags: str) -> Command:
    """Return the command that starts predictql."""
    words = (*PREDICTQL, "serve", str(models.resolve()), "--port", "{port}", "--log-level", "warning", *flags)
    return Command(words)


def contestants(models: Path, model: str, workload: Workload) -> list[Contestant]:
    """Return all servers that are compared; each serves one model."""
    folder = models / model
    return [
        Contestant(BASELINE, _rival("graphql", workload), workload.strawberry),
        Contestant(OURS, serve(folder), workload.predictql),
        Contestant(f"{OURS} --engine native", serve(folder, "--engine", "native"), workload.predictql),
        Contestant("FastAPI", _rival("rest", workload), workload.rest),
    ]


def _rival(module: str, workload: Workload) -> Command:
    app = f"benchmarks.http.rivals.{module}:create_app"
    words = (sys.executable, "-m", "uvicorn", "--factory", app, "--port", "{port}", "--log-level", "warning")
    return Command(words, workload.rival.environment())
