"""What was measured, as tables in Markdown and as plain numbers for plots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from benchmarks.http.client import Measured
from benchmarks.http.contestants import BASELINE
from benchmarks.http.growth import Curve, Growth
from benchmarks.http.rounds import Rounds


def lines(rounds: Rounds, growth: Growth) -> Iterator[str]:
    """Write the whole report."""
    yield from _rates(rounds)
    yield from _starts(rounds)
    yield "\n## Cost by rows, one connection\n"
    yield from _by_rows(rounds)
    for name, curve in (("fields of 100 rows", growth.fields), ("models in one operation", growth.models)):
        yield f"\n## Cost by {name}, one connection\n"
        yield from _table((name, "p50 ms"), [(f"{count}", _ms(each, 0.5)) for count, each in curve.items()])
    yield "\n## One row, by connections\n"
    cells = [(f"{count}", f"{each.rate:,.0f}", *_both(each)) for count, each in growth.connections.items()]
    yield from _table(("connections", "requests/s", "p50 ms", "p99 ms"), cells)
    yield f"\n## One row, open loop (capacity {growth.capacity:,.0f} requests/s)\n"
    cells = [(f"{share:.0%}", f"{each.rate:,.0f}", *_both(each)) for share, each in growth.open_loop.items()]
    yield from _table(("load", "requests/s", "p50 ms", "p99 ms"), cells)
    bad = [(each.wrong, each.failed) for each in _all(rounds, growth)]
    yield f"\nWrong answers: {sum(wrong for wrong, _ in bad)}. Failed: {sum(failed for _, failed in bad)}."


def wrong_or_failed(rounds: Rounds, growth: Growth) -> int:
    """Return how many answers were not the estimator's."""
    return sum(each.wrong + each.failed for each in _all(rounds, growth))


def numbers(rounds: Rounds, growth: Growth) -> dict[str, Any]:
    """Return what plots are drawn from: milliseconds and requests a second."""
    return {
        "rates": [
            {name: {str(n): m.rate for n, m in turn.by_rows.items()} for name, turn in r.items()} for r in rounds
        ],
        "rows": {name: _medians(turn.alone) for name, turn in rounds[0].items()},
        "fields": _medians(growth.fields),
        "models": _medians(growth.models),
        "connections": {str(count): each.rate for count, each in growth.connections.items()},
        "open_loop": {
            str(share): [each.percentile(part) for part in (0.5, 0.99)] for share, each in growth.open_loop.items()
        },
    }


def _rates(rounds: Rounds) -> Iterator[str]:
    for rows in next(iter(rounds[0].values())).by_rows:
        yield f"\n## {rows:,} rows in a request\n"
        cells = []
        for name in rounds[0]:
            all_of = [turns[name].by_rows[rows] for turns in rounds]
            ratios = [turns[name].by_rows[rows].rate / turns[BASELINE].by_rows[rows].rate for turns in rounds]
            rate = f"{median(each.rate for each in all_of):,.1f}"
            latency = [f"{median(each.percentile(part) for each in all_of):,.2f}" for part in (0.5, 0.99)]
            cells.append((name, rate, f"{median(ratios):.1f}", f"{min(ratios):.1f} to {max(ratios):.1f}", *latency))
        head = ("server", "requests/s", f"x {BASELINE}", "smallest to largest", "p50 ms", "p99 ms")
        yield from _table(head, cells)


def _starts(rounds: Rounds) -> Iterator[str]:
    yield "\n## Start and memory\n"
    cells = [
        (
            name,
            f"{median(turns[name].start_seconds for turns in rounds):.1f}",
            f"{max(turns[name].peak_megabytes for turns in rounds):,.0f}",
        )
        for name in rounds[0]
    ]
    yield from _table(("server", "seconds to the first answer", "peak MB"), cells)


def _by_rows(rounds: Rounds) -> Iterator[str]:
    rows = {name: turn.alone for name, turn in rounds[0].items()}
    counts = list(next(iter(rows.values())))
    cells = [(f"{count:,}", *(_ms(curve[count], 0.5) for curve in rows.values())) for count in counts]
    yield from _table(("rows", *(f"{name}, p50 ms" for name in rows)), cells)


def _table(head: Sequence[str], cells: Sequence[Sequence[str]]) -> Iterator[str]:
    yield _line(head)
    yield _line(["---", *["---:"] * (len(head) - 1)])
    yield from map(_line, cells)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _both(measured: Measured) -> tuple[str, str]:
    return _ms(measured, 0.5), _ms(measured, 0.99)


def _ms(measured: Measured, share: float) -> str:
    return f"{measured.percentile(share):,.2f}"


def _medians(curve: Curve) -> dict[str, float]:
    return {str(count): each.percentile(0.5) for count, each in curve.items()}


def _all(rounds: Rounds, growth: Growth) -> Iterator[Measured]:
    for turns in rounds:
        for turn in turns.values():
            yield from turn.by_rows.values()
            yield from turn.alone.values()
    for curve in (growth.fields, growth.models, growth.connections):
        yield from curve.values()
    yield from growth.open_loop.values()
