"""`predictql demo DIR`: train the demo models, two at a time, with the scripts of examples/."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import anyio
import click

from server.cli.failure import Failure
from server.cli.progress import Progress, show_progress

NAMES = ("iris", "penguins", "diabetes", "digits", "language", "wine_outliers")
SCRIPTS = Path(__file__).parents[2] / "examples"
AT_A_TIME = 2


@click.command("demo")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.argument("names", metavar="[NAME]...", nargs=-1, type=click.Choice(NAMES))
@click.option("--force", is_flag=True, help="Train anew what is in DIR already.")
def command(folder: Path, names: Sequence[str], *, force: bool) -> None:
    """Train the demo models into a folder.

    All of them, or those that are named. What is in DIR already is left as it is.
    """
    if not SCRIPTS.is_dir():
        raise Failure(f"{SCRIPTS} is missing: run `predictql demo` from a checkout, which has the training scripts.")
    folder.mkdir(parents=True, exist_ok=True)
    names = names or NAMES
    missing = [name for name in names if force or not (folder / name).exists()]
    # A model is moved to its place when all are done, so an interrupted run leaves nothing that looks finished.
    with tempfile.TemporaryDirectory(prefix=".training-", dir=folder) as staging, show_progress(names) as progress:
        for name in names:
            if name not in missing:
                progress.end(name, f"already in {folder / name}")
        failures = anyio.run(train, SCRIPTS, missing, Path(staging), progress)
        for name in missing:
            if name not in failures:
                shutil.rmtree(folder / name, ignore_errors=True)
                (Path(staging) / name).rename(folder / name)
    if failures:
        raise Failure(*(f"{name} was not trained: {reason}." for name, reason in failures.items()))


async def train(scripts: Path, names: Sequence[str], folder: Path, progress: Progress) -> dict[str, str]:
    """Run `python scripts/NAME.py folder/NAME` for each name and return why some failed, by name."""
    limit = anyio.CapacityLimiter(AT_A_TIME)
    failures: dict[str, str] = {}

    async def run(name: str) -> None:
        async with limit:
            progress.begin(name)
            script = scripts / f"{name}.py"
            done = await anyio.run_process([sys.executable, str(script), str(folder / name)], check=False)
        if done.returncode == 0:
            progress.end(name, _last_line(done.stdout).removeprefix(f"{name}: "))
        else:
            failures[name] = _reason(_last_line(done.stderr), script)
            progress.end(name, "failed")

    async with anyio.create_task_group() as group:
        for name in names:
            group.start_soon(run, name)
    return {name: failures[name] for name in names if name in failures}


def _last_line(output: bytes) -> str:
    lines = output.decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _reason(last_line: str, script: Path) -> str:
    """Turn the last line of a failed script into what is wrong and what to do."""
    if last_line.startswith("ModuleNotFoundError: "):
        lock = script.parents[1] / "requirements" / "demo.txt"
        missing = last_line.removeprefix("ModuleNotFoundError: ")
        return f"{missing}; install it with `{sys.executable} -m pip install --require-hashes -r {lock}`"
    return f"{last_line or 'it said nothing'}; `{sys.executable} {script} DIR` says more"
