"""Requests a second over HTTP, beside servers as tutorials write them: python -m benchmarks.http models.

All answer the same rows with the same: label, probability, and the probability of each class. Every answer is compared
with the estimator's. See benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import orjson

from benchmarks.http.contestants import contestants
from benchmarks.http.growth import Extent, growth
from benchmarks.http.report import lines, numbers, wrong_or_failed
from benchmarks.http.rounds import Pace, compared
from benchmarks.http.servers import cores
from benchmarks.http.subject import Workload


def main() -> None:
    """Read the command line, measure, and print; exit with 1 where an answer was wrong."""
    arguments = _arguments()
    pace = Pace(arguments.seconds, arguments.seconds / 4, arguments.rounds, (1, 100, 1000), (1, 10, 100, 1000, 10_000))
    extent = Extent((1, 4, 16, 64, 256), models=6, fields=99)
    if arguments.quick:
        pace = Pace(0.2, 0.1, 1, (1, 100), (1, 100))
        extent = Extent((1, 16), models=2, fields=2)
    try:
        workload = Workload.of(arguments.models, arguments.model)
    except ValueError as error:
        sys.exit(str(error))
    own = cores()
    server_core = own[0] if own else None
    if own:
        os.sched_setaffinity(0, [own[1]])
    servers = contestants(arguments.models, arguments.model, workload)
    rounds = compared(servers, pace, server_core)
    ours = growth(arguments.models, workload, extent, pace, server_core)
    print("\n".join(lines(rounds, ours)))
    if arguments.json:
        arguments.json.write_bytes(orjson.dumps(numbers(rounds, ours), option=orjson.OPT_INDENT_2))
    if wrong_or_failed(rounds, ours):
        sys.exit(1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.http", description=__doc__)
    parser.add_argument("models", type=Path, nargs="?", default=Path("models"), help="a folder of models")
    parser.add_argument("--model", default="iris", help="a classifier of rows of numbers in it [iris]")
    parser.add_argument("--rounds", type=int, default=3, help="how often all servers take their turn [3]")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each load is measured [2]")
    parser.add_argument("--quick", action="store_true", help="only show that it works")
    parser.add_argument("--json", type=Path, help="where to write the numbers, for benchmarks.http.plots")
    return parser.parse_args()


if __name__ == "__main__":
    main()
