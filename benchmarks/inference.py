"""The inference service under load: python -m benchmarks.inference models --quick (or --full).

Prints tables: how batches form and how long callers wait, beside other ways to answer them; what each engine costs;
and how many callers are answered in time under more load than can be borne. The ways are measured in turns, in one
process. Answers are compared with the estimator's own, and wrong ones counted.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan
from operator import attrgetter
from pathlib import Path
from statistics import fmean, median
from typing import Final

from benchmarks import engines, plots, returns
from benchmarks.arrivals import Arrival, Report, bursts, drive, mixed, quantile, steady
from benchmarks.batchers import Loop, Ours, Timer, Way
from benchmarks.goodput import WITH, Case, Measured, Value, measured
from benchmarks.kept import kept
from benchmarks.subject import Subject, load_subject

_WAYS: Final[Mapping[str, Callable[[Subject], Way]]] = {
    "predictql": Ours,
    "timer": Timer,
    "call per request": Loop,
}
_ON_THE_LOOP: Final = Case("iris", 1, 0.1, (WITH,), connections=4000)
"""A model that is so cheap that most of what a call costs is HTTP."""

_IN_TIME: Final = attrgetter("in_time")
_BY_PROCESSOR: Final = attrgetter("in_time_by_processor")


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to measure."""

    seconds: float
    """For each load or pattern."""
    rounds: int
    goodput_seconds: float
    """For each load, where goodput is measured, which differs most by chance: models, server and callers share
    processors."""
    goodput_rounds: int


QUICK: Final = Effort(0.5, 1, 0.5, 1)
FULL: Final = Effort(1.5, 3, 3.0, 12)


def main() -> None:
    """Measure all, and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inference", description="Measure inference under load.")
    parser.add_argument("models", type=Path, nargs="?", default=Path("models"), help="the folder of the demo models")
    parser.add_argument("--model", default="digits", help="which of them is put under load; it needs a sample.csv")
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="where pictures are written")
    parser.add_argument("--only", choices=["arrivals", "goodput", "returns", "engines"], help="measure a part of it")
    parser.add_argument("--rounds", type=int, help="how often all is measured")
    effort = parser.add_mutually_exclusive_group(required=True)
    effort.add_argument("--quick", action="store_const", const=QUICK, dest="effort", help="about a minute")
    effort.add_argument("--full", action="store_const", const=FULL, dest="effort", help="half an hour")
    arguments = parser.parse_args()
    only, effort = arguments.only, arguments.effort
    if arguments.rounds:
        effort = replace(effort, rounds=arguments.rounds, goodput_rounds=arguments.rounds)
    if only in (None, "arrivals"):
        arrivals(load_subject(arguments.models, arguments.model), effort, arguments.plots)
    if only in (None, "goodput"):
        found = overload(arguments.models, Case(arguments.model, 20, 0.5), effort)
        if arguments.plots:
            plots.goodput_plot(arguments.plots / "goodput.svg", found)
        overload(arguments.models, Case(arguments.model, 100, 0.5, (WITH,), callers=64), effort)
        overload(arguments.models, _ON_THE_LOOP, effort)
    if only in (None, "returns"):
        come_again(arguments.models, arguments.model, effort)
    if only in (None, "engines"):
        print("\n## Engines\n")
        engines.main(arguments.models)


def arrivals(subject: Subject, effort: Effort, folder: Path | None) -> None:
    """Measure how callers are answered who come in different ways."""
    print(f"\n## Arrivals at {subject.model.info.name}\n")
    print("| arrivals | way | calls | rows a batch | most | last answer, ms | p50, ms | p99, ms | wrong |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    tails: dict[str, dict[str, float]] = {}
    for pattern, coming in _patterns(effort.seconds).items():
        reports = _in_turns(subject, coming, effort.rounds)
        tails[pattern] = {}
        for way, of_way in reports.items():
            tails[pattern][way] = _median(of_way, lambda one: one.quantile(0.99)) * 1000
            print(_arrivals_line(pattern, way, len(coming), of_way))
    if folder:
        plots.arrivals_plot(folder / "arrivals.svg", tails)


def _patterns(seconds: float) -> Mapping[str, Sequence[Arrival]]:
    return {
        "1,000 a second": steady(1000, seconds),
        "4,000 a second": steady(4000, seconds),
        "64 at once": bursts(seconds),
        "mixed sizes": mixed(200, seconds),
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


def overload(models: Path, case: Case, effort: Effort) -> Measured:
    """Measure goodput over HTTP from half of the capacity to four times of it."""
    subject = load_subject(models, case.model)
    found = measured(models, subject, case, effort.goodput_seconds, effort.goodput_rounds)
    rows = "1 row" if case.rows == 1 else f"{case.rows} rows"
    print(f"\n## Goodput of {case.model} over HTTP: calls of {rows}, answered within {case.deadline * 1000:.0f} ms\n")
    means = ", ".join(f"{len(of_loads[0])} rounds of {way}" for way, of_loads in found.ways.items())
    print(f"Capacity: {found.capacity:,.0f} calls a second. Numbers are means of {means}.\n")
    counts = "offered /s | in time /s | ± | by processor | refused | late | p99, ms | refusal p99, ms"
    print(f"| load | way | {counts} | server | client | wrong |\n| ---: | ---{' | ---:' * 11} |")
    for place in range(len(case.loads)):
        for way in case.ways:
            print(_goodput_line(found, way, place))
    for way in case.ways:
        part, error = kept(found, way, _IN_TIME)
        by_processor = kept(found, way, _BY_PROCESSOR).part
        chance = "" if isnan(error) else f" ± {error:.0%}"
        print(f"\nOverloaded, {way} keeps {part:.0%}{chance} of its best; {by_processor:.0%} for each processor used.")
    return found


def come_again(models: Path, model: str, effort: Effort) -> None:
    """Measure callers who come again after they were refused."""
    found = returns.measured(models, load_subject(models, model), effort.seconds, effort.rounds)
    print(
        f"\n## Callers of {model} who come again: calls of {returns.ROWS} rows, each asked again as soon as it can be\n"
    )
    print("| callers | refused, they come again | answered /s | refused /s | late | wrong |")
    print("| ---: | --- | ---: | ---: | ---: | ---: |")
    for (count, patient), one in found.items():
        when = "when they were told" if patient else "at once"
        print(f"| {count:,} | {when} | {one.answered:,.0f} | {one.refused:,.0f} | {one.late} | {one.wrong} |")


def _goodput_line(found: Measured, way: str, place: int) -> str:
    def of(value: Value) -> float:
        return found.means(way, value)[place]

    cells = [
        f"{of(lambda one: one.load.rate):,.0f}",
        f"{of(_IN_TIME):,.0f}",
        f"{found.error(way, _IN_TIME, place):,.0f}",
        f"{of(_BY_PROCESSOR):,.0f}",
        f"{of(lambda one: len(one.refused)):,.0f}",
        f"{of(lambda one: one.late):,.0f}",
        f"{of(lambda one: quantile(one.answered, 0.99)) * 1000:,.0f}",
        f"{of(lambda one: quantile(one.refused, 0.99)) * 1000:,.0f}",
        f"{of(lambda one: one.server):.2f}",
        f"{of(lambda one: one.client):.2f}",
        f"{sum(one.wrong for one in found.ways[way][place])}",
    ]
    return f"| {found.loads[place]} | {way} | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
