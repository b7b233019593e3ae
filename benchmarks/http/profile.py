"""Where the time of a request goes: python -m benchmarks.http.profile models --py-spy path/to/py-spy.

py-spy, a sampling profiler (`pip install py-spy`), looks at a loaded server; each sample belongs to one stage. Prints a
table for requests of 1 row and of 1,000 rows, and draws a flame graph of each into --images.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks.http.client import Measured, Request
from benchmarks.http.contestants import serve
from benchmarks.http.rounds import CONNECTIONS, Pace, under_load
from benchmarks.http.servers import Running, cores, running
from benchmarks.http.stacks import OTHER, STAGES, Stacks, flame_graph, read, shares
from benchmarks.http.subject import Workload

ROWS: Final = (1, 1000)
_SAMPLES_A_SECOND: Final = 500


def main() -> None:
    """Read the command line, measure, print and draw."""
    arguments = _arguments()
    py_spy = shutil.which(arguments.py_spy)
    if py_spy is None:
        sys.exit(
            f"There is no {arguments.py_spy} here: `pip install py-spy`, in an environment of its own if you like."
        )
    workload = Workload.of(arguments.models, arguments.model)
    own = cores()
    if own:
        os.sched_setaffinity(0, [own[1]])
    stages: dict[int, Mapping[str, float]] = {}
    first = workload.predictql(1)[0]
    with running(serve(arguments.models / arguments.model), first, own[0] if own else None) as server:
        for rows in ROWS:
            requests = workload.predictql(rows)
            pace = Pace(arguments.seconds, 1, 1, (), ())
            busy = _busy_microseconds(server, requests, pace)
            stacks = _sampled(py_spy, server, requests, pace)
            stages[rows] = {stage: share * busy for stage, share in shares(stacks).items()}
            if arguments.images:
                title = f"{arguments.model}, {rows:,} rows in a request"
                graph = flame_graph(stacks, title)
                (arguments.images / f"flame-{rows}.svg").write_text(graph, encoding="utf-8")
    _print(stages)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.http.profile", description=__doc__)
    parser.add_argument("models", type=Path, nargs="?", default=Path("models"), help="a folder of models")
    parser.add_argument("--model", default="iris", help="a classifier of rows of numbers in it [iris]")
    parser.add_argument("--py-spy", default="py-spy", help="the profiler's program [py-spy]")
    parser.add_argument("--seconds", type=float, default=8.0, help="how long each load is sampled [8]")
    parser.add_argument("--images", type=Path, help="the folder for flame-1.svg and flame-1000.svg")
    return parser.parse_args()


def _busy_microseconds(server: Running, requests: Sequence[Request], pace: Pace) -> float:
    """Return the processor's time for a request: unlike the time on the clock, others' work is not in it."""
    before = server.processor_seconds()
    measured = under_load(server.address, requests, CONNECTIONS, Pace(pace.seconds, 0, 1, (), ()))
    return (server.processor_seconds() - before) / measured.sent * 1e6


def _sampled(py_spy: str, server: Running, requests: Sequence[Request], pace: Pace) -> Stacks:
    """Sample the server while it is loaded."""
    longer = Pace(pace.seconds + 3, pace.warm_up, 1, (), ())
    loaded: list[Measured] = []
    load = threading.Thread(
        target=lambda: loaded.append(under_load(server.address, requests, CONNECTIONS, longer)), daemon=True
    )
    load.start()
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "stacks.txt"
        words = [py_spy, "record", "--format", "raw", "--rate", str(_SAMPLES_A_SECOND), "--nonblocking", "--output"]
        more = [str(raw), "--duration", str(int(pace.seconds)), "--pid", str(server.process.pid)]
        subprocess.run([*words, *more], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603  # the user names it
        stacks = read(raw.read_text(encoding="utf-8"))
    load.join()
    return stacks


def _print(stages: Mapping[int, Mapping[str, float]]) -> None:
    print(f"| Stage, µs of a request | {' | '.join(f'{rows:,} rows' for rows in stages)} |")
    print(f"| --- | {' | '.join('---:' for _ in stages)} |")
    for stage in (*STAGES, OTHER):
        print(f"| {stage} | {' | '.join(f'{found.get(stage, 0.0):,.0f}' for found in stages.values())} |")
    print(f"| all | {' | '.join(f'{sum(found.values()):,.0f}' for found in stages.values())} |")


if __name__ == "__main__":
    main()
