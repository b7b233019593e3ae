"""What `serve` prints when its door is open: what is served, and where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from server.cli.models import title
from server.cli.terminal import table

_EVERYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104  # compared with, not listened on


def address(host: str, port: int) -> str:
    """Return what a browser on this machine opens to reach a server that listens here."""
    if host in _EVERYWHERE:
        return f"http://localhost:{port}"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def banner(models: Sequence[dict[str, Any]], url: str, explorer: str) -> RenderableType:
    """Return the models, what their operator should know, and the addresses to open.

    `explorer` says what is to be known of GraphiQL: where its files come from.
    """
    notes = [Text(f"Warning: {text}", style="yellow") for model in models for text in model["warnings"]]
    notes += [Text(f"Failed: {model['error']}", style="red") for model in models if model["error"]]
    return Group(Text(), _models(models), Text(), *notes, *([Text()] if notes else []), _addresses(url, explorer))


def _models(models: Sequence[dict[str, Any]]) -> Table:
    made = table(
        "Model", "Task", "Estimator", "Features", "Fields", "Engine", "Loaded in", wrap=("Estimator", "Fields")
    )
    for model in models:
        if model["status"] == "FAILED":
            made.add_row(title(model), "FAILED", style="red")
            continue
        made.add_row(
            Text(title(model), style="bold"),
            model["task"].lower().replace("_", " "),
            model["estimator"],
            features(model),
            f"{model['field']}, {model['batchField']}" if model["default"] else "",
            engine(model["engine"]),
            f"{model['loadMs']:.0f} ms",
        )
    return made


def engine(one: dict[str, Any]) -> str:
    """Say what computes, and how many times faster than the estimator plainly called."""
    faster = f", {one['speedup']:.1f}x" if one["parity"] else ""
    return f"{one['kind'].lower()}{faster}"


def features(model: dict[str, Any]) -> str:
    """Say how many features a model takes; of a vector, its length."""
    lengths = [feature["length"] for feature in model["features"] if feature["length"]]
    return f"vector of {lengths[0]}" if lengths else str(len(model["features"]))


def _addresses(url: str, explorer: str) -> Table:
    grid = Table.grid(padding=(0, 2))
    for name, path, note in (("GraphQL", "/graphql", explorer), ("HTTP", "/docs", ""), ("Health", "/readyz", "")):
        grid.add_row(name, Text(url + path, style="bold cyan"), note)
    return grid
