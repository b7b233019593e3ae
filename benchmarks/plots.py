"""Pictures of what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.goodput import Measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INCHES: Final = (6.0, 3.4)
_COLOURS: Final = ("#2457a6", "#c2571a", "#7a7a7a")


def goodput_plot(path: Path, found: Measured) -> None:
    """Write a picture of the answers in time for each load, a line for each way."""
    figure, axes = _empty()
    for way, colour in zip(found.ways, _COLOURS, strict=False):
        in_time = [mean / found.capacity for mean in found.means(way, attrgetter("in_time"))]
        axes.plot(found.loads, in_time, marker="o", markersize=4, color=colour, label=way)
    axes.axvline(1, color=_COLOURS[-1], linestyle=":", label="capacity")
    axes.set_xlabel("calls offered, as a part of the capacity")
    axes.set_ylabel("calls answered in time, likewise")
    _written(figure, axes, path)


def arrivals_plot(path: Path, milliseconds: Mapping[str, Mapping[str, float]]) -> None:
    """Write a picture of the 99th percentile of latencies: a group of bars for each pattern, a bar for each way."""
    figure, axes = _empty()
    ways = list(next(iter(milliseconds.values())))
    width = 0.8 / len(ways)
    for number, (way, colour) in enumerate(zip(ways, _COLOURS, strict=False)):
        places = [group + (number - (len(ways) - 1) / 2) * width for group in range(len(milliseconds))]
        axes.bar(places, [one[way] for one in milliseconds.values()], width, color=colour, label=way)
    axes.set_xticks(range(len(milliseconds)), list(milliseconds))
    axes.set_yscale("log")
    axes.set_xlabel("arrivals")
    axes.set_ylabel("latency, 99th percentile, ms")
    _written(figure, axes, path)


def _empty() -> tuple[Figure, Axes]:
    figure = Figure(figsize=_INCHES, layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", linewidth=0.4)
    axes.set_axisbelow(True)
    return figure, axes


def _written(figure: Figure, axes: Axes, path: Path) -> None:
    axes.set_ylim(bottom=None if axes.get_yscale() == "log" else 0)
    axes.legend(frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The same numbers make the same file: no date, and no random ids.
    with mpl.rc_context({"svg.hashsalt": "predictql", "svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None})
