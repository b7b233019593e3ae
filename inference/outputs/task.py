"""Which task an estimator has, and so which outputs. A new task is one module beside this one and one entry here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sklearn.base import is_classifier, is_clusterer, is_outlier_detector, is_regressor

from inference.card import Task
from inference.errors import ArtifactError, CardError
from inference.outputs.answers import PREDICT, TRANSFORM
from inference.outputs.classification import classification_outputs
from inference.outputs.clustering import clustering_outputs
from inference.outputs.estimator_outputs import EstimatorOutputs
from inference.outputs.outlier_detection import outlier_detection_outputs
from inference.outputs.output import Output
from inference.outputs.regression import regression_outputs
from inference.outputs.transformation import transformation_outputs

OUTPUTS: dict[Task, Callable[[EstimatorOutputs], tuple[Output, ...]]] = {
    Task.CLASSIFICATION: classification_outputs,
    Task.REGRESSION: regression_outputs,
    Task.CLUSTERING: clustering_outputs,
    Task.OUTLIER_DETECTION: outlier_detection_outputs,
    Task.TRANSFORMATION: transformation_outputs,
}


NEEDS: dict[Task, str] = {
    Task.CLASSIFICATION: "classes_",
    Task.REGRESSION: PREDICT,
    Task.CLUSTERING: PREDICT,
    Task.OUTLIER_DETECTION: PREDICT,
    Task.TRANSFORMATION: TRANSFORM,
}


def task_of(estimator: Any, said: Task | None, artifact: Path, card: Path) -> Task:
    """Return what a fitted estimator is for: what its card says, else what it says itself.

    Raises CardError where it cannot do what the card says, and ArtifactError where neither says anything.
    """
    task = said or _own_task(estimator)
    name = type(estimator).__name__
    if task is None:
        raise ArtifactError(
            artifact,
            f"its {name} does not say what its answers are",
            "Say it in card.yaml, for example: `task: regression`",
        )
    if not hasattr(estimator, NEEDS[task]):
        raise CardError(card, f"task: {task}: {name} has no {NEEDS[task]}", "Correct the task, or leave it out")
    return task


def _own_task(estimator: Any) -> Task | None:
    if not hasattr(estimator, "__sklearn_tags__"):
        return Task.TRANSFORMATION if hasattr(estimator, TRANSFORM) and not hasattr(estimator, PREDICT) else None
    if is_classifier(estimator):
        return Task.CLASSIFICATION
    if is_regressor(estimator):
        return Task.REGRESSION
    if is_outlier_detector(estimator) and hasattr(estimator, PREDICT):
        return Task.OUTLIER_DETECTION
    if is_clusterer(estimator) and hasattr(estimator, PREDICT):
        return Task.CLUSTERING
    return Task.TRANSFORMATION if hasattr(estimator, TRANSFORM) else None


def outputs_of(task: Task, source: EstimatorOutputs, where: Path) -> tuple[Output, ...]:
    """Return what an estimator answers for a task.

    Raises ArtifactError where it has several targets of classes, and CardError where the card does not fit.
    """
    if task is Task.CLASSIFICATION and not _has_one_target(source):
        raise ArtifactError(
            where,
            "it is a classifier with several targets, which are not served yet",
            "Train one classifier per target, each a model of its own",
        )
    return OUTPUTS[task](source)


def _has_one_target(source: EstimatorOutputs) -> bool:
    classes = getattr(source.estimator, "classes_", None)
    # Some classifiers with several targets have the numbers of the targets there.
    return getattr(classes, "ndim", None) == 1 and source.trial(PREDICT).size == 1
