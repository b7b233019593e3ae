"""The inference service under load: python -m benchmarks.inference models --quick (or --full).

Prints tables: how batches form and how long callers wait, beside other ways to answer them; what each engine costs;
and how many callers are answered in time under more load than can be borne. The ways are measured in turns, in one
process. Answers are compared with the estimator's own, and wrong ones counted.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Final

from benchmarks import engines, plots
from benchmarks.arrivals import Arrival, Report, bursts, drive, mixed, steady
from benchmarks.batchers import Loop, Ours, Timer, Way
from benchmarks.goodput import DEADLINE_SECONDS, LOADS, ROWS, Goodput, capacity, goodput, kept
from benchmarks.subject import Subject, load_subject
from inference.cost import Cost

_WAYS: Final[Mapping[str, Callable[[Subject], Way]]] = {
    "predictql": Ours,
    "timer": Timer,
    "call per request": Loop,
}
_OURS: Final = "predictql"
_WITHOUT: Final = "without admission"


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to measure."""

    seconds: float
    """For each load or pattern."""
    rounds: int


QUICK: Final = Effort(2.0, 1)
FULL: Final = Effort(3.0, 3)


def main() -> None:
    """Measure all, and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inference", description="Measure inference under load.")
    parser.add_argument("models", type=Path, nargs="?", default=Path("models"), help="the folder of the demo models")
    parser.add_argument("--model", default="digits", help="which of them is put under load; it needs a sample.csv")
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="where pictures are written")
    effort = parser.add_mutually_exclusive_group(required=True)
    effort.add_argument("--quick", action="store_const", const=QUICK, dest="effort", help="about a minute")
    effort.add_argument("--full", action="store_const", const=FULL, dest="effort", help="several minutes")
    arguments = parser.parse_args()
    subject = load_subject(arguments.models, arguments.model)
    arrivals(subject, arguments.effort, arguments.plots)
    overload(subject, arguments.effort, arguments.plots)
    print("\n## Engines\n")
    engines.main(arguments.models)


def arrivals(subject: Subject, effort: Effort, folder: Path | None) -> None:
    """Measure how callers are answered who come in different ways."""
    print(f"\n## Arrivals at {subject.model.info.name}\n")
    print("| arrivals | way | calls | rows a batch | most | last answer, ms | p50, ms | p99, ms | wrong |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    tails: dict[str, dict[str, float]] = {}
    for pattern, coming in _patterns(subject.model.cost, effort.seconds).items():
        reports = _in_turns(subject, coming, effort.rounds)
        tails[pattern] = {}
        for way, of_way in reports.items():
            tails[pattern][way] = _median(of_way, lambda one: one.quantile(0.99)) * 1000
            print(_arrivals_line(pattern, way, len(coming), of_way))
    if folder:
        plots.arrivals_plot(folder / "arrivals.svg", tails)


def _patterns(cost: Cost, seconds: float) -> Mapping[str, Sequence[Arrival]]:
    alone = 1 / cost.seconds(1)  # so many calls of one row can be made in a second
    return {
        "steady, half": steady(0.5 * alone, seconds),
        "steady, 1.5 times": steady(1.5 * alone, seconds),
        "64 at once": bursts(seconds),
        "mixed sizes": mixed(0.1 * alone, seconds),
    }


def _in_turns(subject: Subject, coming: Sequence[Arrival], rounds: int) -> Mapping[str, list[Report]]:
    reports: dict[str, list[Report]] = {name: [] for name in _WAYS}
    for _ in range(rounds):
        for name, make in _WAYS.items():
            way = make(subject)
            try:
                reports[name].append(drive(way, subject, coming))
            finally:
                way.close()
    return reports


def _median(reports: Sequence[Report], value: Callable[[Report], float]) -> float:
    return median(value(report) for report in reports)


def _arrivals_line(pattern: str, way: str, calls: int, reports: Sequence[Report]) -> str:
    cells = [
        f"{calls:,}",
        f"{fmean(rows for report in reports for rows in report.batches):.1f}",
        f"{max(rows for report in reports for rows in report.batches)}",
        f"{_median(reports, lambda one: one.after_last) * 1000:.1f}",
        f"{_median(reports, lambda one: one.quantile(0.5)) * 1000:.1f}",
        f"{_median(reports, lambda one: one.quantile(0.99)) * 1000:.1f}",
        f"{sum(report.wrong for report in reports)}",
    ]
    return f"| {pattern} | {way} | {' | '.join(cells)} |"


def overload(subject: Subject, effort: Effort, folder: Path | None) -> None:
    """Measure goodput from half of the capacity to four times of it, with and without admission."""
    name, deadline = subject.model.info.name, DEADLINE_SECONDS * 1000
    can = median(capacity(subject, effort.seconds) for _ in range(effort.rounds))
    print(f"\n## Goodput of {name}: calls of {ROWS} rows, answered within {deadline:.0f} ms\n")
    print(f"Capacity: {can:,.0f} calls a second.\n")
    print("| load | way | offered /s | in time /s | refused | late | p99, ms | wrong |")
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    measured: dict[str, list[Goodput]] = {_OURS: [], _WITHOUT: []}
    for load in LOADS:
        for way, line in measured.items():
            runs = [goodput(subject, load * can, effort.seconds, admission=way == _OURS) for _ in range(effort.rounds)]
            line.append(sorted(runs, key=lambda run: run.in_time)[len(runs) // 2])
            print(_goodput_line(load, way, line[-1]))
    for way, line in measured.items():
        print(f"\nOverloaded, {way} keeps at least {kept(line):.0%} of its best.")
    if folder:
        plots.goodput_plot(folder / "goodput.svg", can, measured)


def _goodput_line(load: float, way: str, run: Goodput) -> str:
    calls = f"{run.offered:,.0f} | {run.in_time:,.0f} | {run.refused:,} | {run.late:,}"
    return f"| {load} | {way} | {calls} | {run.p99 * 1000:,.0f} | {run.wrong} |"


if __name__ == "__main__":
    main()
