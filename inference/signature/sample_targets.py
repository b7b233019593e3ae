"""The targets in a sample: columns that stand there besides the features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.base import is_classifier, is_regressor

from inference.card import Task
from inference.signature.from_estimator import read_estimator

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

_WITH_TARGETS = {Task.CLASSIFICATION, Task.REGRESSION}


def set_targets_aside(
    estimator: Any, task: Task | None, sample: pd.DataFrame | None, artifact: Path
) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """Return a sample's features and, where there are further columns that may be targets, those.

    `task` is what the card says. Further columns are those whose names the model was not fitted on; for a model that
    knows no names, those behind as many as it takes. A sample that lacks a feature is returned whole, and so is one of
    an estimator without targets: they are for others to refuse. Raises ArtifactError as `read_estimator` does.
    """
    if sample is None or not _has_targets(estimator, task):
        return sample, None
    features = _features(estimator, list(sample.columns), artifact)
    if not set(features) < set(sample.columns):
        return sample, None
    return sample[list(features)], sample.drop(columns=list(features))


def _has_targets(estimator: Any, task: Task | None) -> bool:
    if task is not None:
        return task in _WITH_TARGETS
    # A class of the user's own may say nothing of itself.
    return hasattr(estimator, "__sklearn_tags__") and (is_classifier(estimator) or is_regressor(estimator))


def _features(estimator: Any, header: list[str], artifact: Path) -> Sequence[str]:
    facts = read_estimator(estimator, artifact)
    if facts.names or facts.keys:
        return facts.names or facts.keys or ()
    count = 1 if facts.takes_texts else facts.count
    return header if count is None else header[:count]
