"""What is known of a model beside what it takes and answers, as tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.table import Table

from server.cli.terminal import table

_FACTS = {
    "owner": "Owner",
    "license": "Licence",
    "tags": "Tags",
    "trainedAt": "Trained",
    "trainingData": "Training data",
    "format": "Format",
    "sizeBytes": "Size",
    "sha256": "Digest",
}
"""Fields of the schema's type Model, and what they are called here."""


def about(model: dict[str, Any]) -> Iterator[Table]:
    """Give the tables of a model; those about which nothing is known are empty."""
    yield _rows(
        ("Class", "In training", "What it means"),
        ((one["label"], one["rawLabel"], one["description"] or "") for one in model["classes"]),
    )
    yield _rows(("Metric", "Value"), ((one["name"], f"{one['value']:.4g}") for one in model["metrics"]))
    # A pipeline has steps; an estimator alone has said its name already.
    steps = model["steps"] if len(model["steps"]) > 1 else []
    yield _rows(("Step", "Estimator"), ((one["name"], one["estimator"]) for one in steps))
    changed = (one for one in model["hyperparameters"] if one["changed"])
    yield _rows(("Hyperparameter that is no default", "Value"), ((one["name"], one["value"]) for one in changed))
    yield _rows(
        ("Library", "Trained with", "Running"),
        ((one["name"], one["trainedWith"] or "not known", one["running"]) for one in model["libraries"]),
    )
    yield _rows(("Engine", ""), _engine(model["engine"]))
    yield _rows(("Batches", ""), _execution(model["execution"]))
    yield _rows(("About", ""), ((name, _fact(field, model[field])) for field, name in _FACTS.items() if model[field]))


def _engine(engine: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield engine["kind"].lower(), engine["reason"]
    if engine["parity"]:
        yield "Compared on", engine["parity"]
    yield "Faster than plainly called", f"{engine['speedup']:.3g} times"
    yield "Costs", f"{engine['callMs']:.3g} ms a call, {engine['rowMs']:.3g} ms a row"


def _execution(execution: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if execution["inPlaceRows"]:
        yield "On the event loop", f"up to {execution['inPlaceRows']:,} rows"
    yield f"In {execution['place'].lower()}, {execution['count']} at once", execution["reason"]


def _fact(field: str, value: Any) -> str:
    if field == "sizeBytes":
        return f"{value:,.0f} bytes"
    return ", ".join(value) if isinstance(value, list) else str(value)


def _rows(headings: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Table:
    made = table(*headings, wrap=headings[1:])
    for row in rows:
        made.add_row(*row)
    return made
