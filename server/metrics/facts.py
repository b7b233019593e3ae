"""What does not change while the server runs, as rows beside those that are counted."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from importlib import metadata

from inference.info import ModelInfo
from inference.statistics.cells import RowKey
from server.metrics.families import BUILD_INFO, MODEL_INFO, MODEL_LOAD, MODEL_SPEEDUP


def facts(models: Iterable[ModelInfo]) -> dict[RowKey, list[float]]:
    """Return the rows of FACT_FAMILIES."""
    rows: dict[RowKey, list[float]] = {
        (BUILD_INFO.name, metadata.version("predictql"), platform.python_version()): [1.0]
    }
    for info in models:
        rows[MODEL_INFO.name, *_model_labels(info)] = [1.0]
        if info.serving:
            rows[MODEL_SPEEDUP.name, info.name, info.version] = [info.serving.engine.speedup]
            rows[MODEL_LOAD.name, info.name, info.version] = [info.serving.load_seconds]
    return rows


def _model_labels(info: ModelInfo) -> tuple[str, ...]:
    here = (info.name, info.version, str(info.default).lower(), info.status.value)
    serving = info.serving
    if serving is None:
        return (*here, "", "", "", "")
    return (*here, serving.task.value, serving.estimator.name, serving.artifact.format, serving.engine.kind.value)
