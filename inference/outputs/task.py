"""Which task an estimator has, and so which outputs. A new task is one module beside this one and one entry here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from sklearn.base import is_classifier, is_clusterer, is_outlier_detector, is_regressor

from inference.card import Task
from inference.errors import ArtifactError, CardError
from inference.outputs.answers import KNEIGHBORS, MAHALANOBIS, PREDICT, SCORE_SAMPLES, TRANSFORM
from inference.outputs.clustering import clustering_outputs
from inference.outputs.density_estimation import density_outputs
from inference.outputs.estimator_outputs import EstimatorOutputs
from inference.outputs.neighbors import neighbors_outputs
from inference.outputs.outlier_detection import outlier_detection_outputs
from inference.outputs.output import Output
from inference.outputs.regression import regression_outputs
from inference.outputs.several_targets import classifier_outputs
from inference.outputs.transformation import transformation_outputs
from inference.signature.friends import is_ranker

OUTPUTS: dict[Task, Callable[[EstimatorOutputs], tuple[Output, ...]]] = {
    Task.CLASSIFICATION: classifier_outputs,
    Task.REGRESSION: regression_outputs,
    Task.CLUSTERING: clustering_outputs,
    Task.OUTLIER_DETECTION: outlier_detection_outputs,
    Task.TRANSFORMATION: transformation_outputs,
    Task.DENSITY_ESTIMATION: density_outputs,
    Task.NEIGHBORS: neighbors_outputs,
}


NEEDS: dict[Task, tuple[str, ...]] = {
    Task.CLASSIFICATION: ("classes_",),
    Task.REGRESSION: (PREDICT,),
    Task.CLUSTERING: (PREDICT,),
    Task.OUTLIER_DETECTION: (PREDICT,),
    Task.TRANSFORMATION: (TRANSFORM,),
    Task.DENSITY_ESTIMATION: (SCORE_SAMPLES, MAHALANOBIS),
    Task.NEIGHBORS: (KNEIGHBORS,),
}
"""What an estimator must have one of, for a task."""

BESIDES: dict[tuple[str, ...], Callable[[EstimatorOutputs], tuple[Output, ...]]] = {
    (TRANSFORM,): transformation_outputs,
    (SCORE_SAMPLES, MAHALANOBIS): density_outputs,
    (KNEIGHBORS,): neighbors_outputs,
}
"""What an estimator of any task may answer besides, by the methods of which it needs one."""


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
    if not _has_one_of(estimator, NEEDS[task]):
        lacking = " and no ".join(NEEDS[task])
        raise CardError(card, f"task: {task}: {name} has no {lacking}", "Correct the task, or leave it out")
    return task


def _own_task(estimator: Any) -> Task | None:
    if not hasattr(estimator, "__sklearn_tags__"):
        return Task.TRANSFORMATION if hasattr(estimator, TRANSFORM) and not hasattr(estimator, PREDICT) else None
    if is_classifier(estimator):
        return Task.CLASSIFICATION
    if is_regressor(estimator) or is_ranker(estimator):
        return Task.REGRESSION
    if is_outlier_detector(estimator) and hasattr(estimator, PREDICT):
        return Task.OUTLIER_DETECTION
    # A mixture says of itself that it estimates a density; what it is used for is its parts.
    if (is_clusterer(estimator) or hasattr(estimator, SCORE_SAMPLES)) and hasattr(estimator, PREDICT):
        return Task.CLUSTERING
    return next((task for task in _WITHOUT_PREDICT if _has_one_of(estimator, NEEDS[task])), None)


_WITHOUT_PREDICT = (Task.TRANSFORMATION, Task.DENSITY_ESTIMATION, Task.NEIGHBORS)


def _has_one_of(estimator: Any, methods: tuple[str, ...]) -> bool:
    return any(hasattr(estimator, method) for method in methods)


def outputs_of(task: Task, source: EstimatorOutputs) -> tuple[Output, ...]:
    """Return what an estimator answers for a task.

    Raises CardError where the card does not fit.
    """
    outputs = OUTPUTS[task](source)
    used = {method.split("(")[0] for output in outputs for method in output.methods}
    for methods, make in BESIDES.items():
        if not used.intersection(methods) and any(map(source.can, methods)):
            outputs += _besides(make, source)
    return outputs


def _besides(make: Callable[[EstimatorOutputs], tuple[Output, ...]], source: EstimatorOutputs) -> tuple[Output, ...]:
    """Return further outputs, none where no use can be made of the estimator's answer: the others are what counts."""
    try:
        # The card's outputs are those of the task.
        return make(replace(source, card=source.card.model_copy(update={"outputs": ()})))
    except (ArtifactError, ValueError, AttributeError):
        return ()
