"""Metadata: which models there are, and what is known of them."""

from __future__ import annotations

from inference.card import Task
from inference.errors import ModelNotFound
from inference.info import ModelInfo
from inference.statistics.live import LiveStatistics
from resolvers.context import Context


def all_models(context: Context, task: Task | None, tag: str | None) -> list[ModelInfo]:
    """Return every version of every model that has this task and this tag, where they are given."""
    return [
        info
        for info in context.service.models()
        if (task is None or (info.serving is not None and info.serving.task is task))
        and (tag is None or tag in info.card.tags)
    ]


def one_model(context: Context, name: str, version: str | None) -> ModelInfo | None:
    """Return one version of a model, the default one where none is named; None where there is no such model."""
    try:
        return context.service.model(name, version)
    except ModelNotFound:
        return None


def live_statistics(context: Context, name: str, version: str) -> LiveStatistics | None:
    """Return what was counted of one version of a model until now, None where it cannot be called."""
    info = one_model(context, name, version)
    return context.service.live(info) if info else None
