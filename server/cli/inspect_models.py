"""What `predictql inspect` does. It imports all that models need, so it is imported when the arguments are right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from server.app import load
from server.cli.about import about
from server.cli.failure import Failure
from server.cli.models import models_of, plain_failures, title
from server.cli.terminal import show, table
from server.settings import Settings


def inspect_models(settings: Settings) -> None:
    """Print the tables. Raises Failure where a model cannot be served."""
    with plain_failures():
        found = models_of(load(settings))
    for model in found:
        if not model["error"]:
            show(*_parts(model))
    failed = [model["error"] for model in found if model["error"]]
    if failed:
        raise Failure(*failed)


def _parts(model: dict[str, Any]) -> Iterator[RenderableType]:
    yield Text(_headline(model), style="bold")
    if model["description"]:
        yield _indented(model["description"])
    for warning in model["warnings"]:
        yield _indented(Text(f"Warning: {warning}", style="yellow"))
    for part in (_features(model), _outputs(model), *about(model)):
        if part.row_count:
            yield ""
            yield _indented(part)
    yield ""


def _indented(part: RenderableType) -> Padding:
    return Padding(part, (0, 0, 0, 2))


def _headline(model: dict[str, Any]) -> str:
    task = model["task"].lower().replace("_", " ")
    steps = " > ".join(step["estimator"] for step in model["steps"]) or model["estimator"]
    field = f" · {model['field']}, {model['batchField']}" if model["default"] else ""
    return f"{title(model)} · {task} · {steps}{field}"


def _features(model: dict[str, Any]) -> Table:
    weighed = any(feature["importance"] is not None for feature in model["features"])
    headings = ["Takes", "Type", "Needed", "Values", "Name in training", *(["Importance"] if weighed else [])]
    made = table(*headings, wrap=("Values", "Name in training"))
    for feature in model["features"]:
        made.add_row(
            feature["name"],
            feature["type"].lower(),
            "yes" if feature["required"] else "no",
            _values(feature),
            "" if feature["source"] == feature["name"] else feature["source"],
            *([_number(feature["importance"])] if weighed else []),
        )
    return made


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _values(feature: dict[str, Any]) -> str:
    """Say what values are accepted, and which were seen in training."""
    parts = []
    if feature["length"]:
        parts.append(f"{feature['length']} numbers" + (", some of which may be missing" if feature["gaps"] else ""))
    if feature["leastAccepted"] is not None:
        parts.append(f"at least {feature['leastAccepted']:g}")
    if feature["greatestAccepted"] is not None:
        parts.append(f"at most {feature['greatestAccepted']:g}")
    if feature["min"] is not None:
        parts.append(f"seen {feature['min']:g} to {feature['max']:g}")
    if feature["categories"]:
        parts.append(f"{'such as' if feature['open'] else 'one of'} {', '.join(feature['categories'])}")
    if feature["unit"]:
        parts.append(f"in {feature['unit']}")
    return ", ".join(parts)


def _outputs(model: dict[str, Any]) -> Table:
    made = table("Answers", "Type", "What it is", wrap=("What it is",))
    for output in model["outputs"]:
        made.add_row(output["name"], output["type"], output["description"])
    return made
