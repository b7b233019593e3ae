"""Draw what was measured: python -m benchmarks.http.plots numbers.json docs/images/. Needs matplotlib."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import orjson
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.http.contestants import OURS

NAME: Final = "http-growth.svg"


def main() -> None:
    """Read the command line, and draw."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.http.plots", description=__doc__)
    parser.add_argument("numbers", type=Path, help="what --json of benchmarks.http wrote")
    parser.add_argument("folder", type=Path, help="where the picture goes")
    arguments = parser.parse_args()
    mpl.rcParams["svg.hashsalt"] = NAME  # the same numbers make the same file
    figure = drawn(orjson.loads(arguments.numbers.read_bytes()))
    figure.savefig(arguments.folder / NAME, metadata={"Date": None})


def drawn(numbers: Mapping[str, Any]) -> Figure:
    """Draw all curves side by side."""
    figure = Figure(figsize=(12, 3.2), layout="constrained")
    rows, fields, models, connections = figure.subplots(1, 4)
    for name, curve in numbers["rows"].items():
        _curve(rows, curve, "rows in a request", "ms (median)", name)
    rows.set_xscale("log")
    rows.set_yscale("log")
    rows.legend(fontsize=7)
    _curve(fields, numbers["fields"], "fields of 100 rows", "ms (median)", OURS)
    _curve(models, numbers["models"], "models in one operation", "ms (median)", OURS)
    _curve(connections, numbers["connections"], "connections, one row each", "requests/s", OURS)
    connections.set_xscale("log", base=2)
    for axes in (fields, models, connections):
        axes.set_ylim(bottom=0)
    return figure


def _curve(axes: Axes, curve: Mapping[str, float], below: str, beside: str, name: str) -> None:
    axes.plot([int(x) for x in curve], list(curve.values()), marker="o", markersize=3, label=name)
    axes.set_xlabel(below)
    axes.set_ylabel(beside)


if __name__ == "__main__":
    main()
