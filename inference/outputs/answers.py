"""What an estimator's methods answer for some rows, as arrays."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inference.outputs.spread import with_std
from inference.processors import jobs_in_threads

PREDICT: Final = "predict"
PREDICT_STD: Final = "predict(return_std)"
PREDICT_PROBA: Final = "predict_proba"
DECISION_FUNCTION: Final = "decision_function"
SCORE_SAMPLES: Final = "score_samples"
TRANSFORM: Final = "transform"
MAHALANOBIS: Final = "mahalanobis"
KNEIGHBORS: Final = "kneighbors"
KNEIGHBORS_OF: Final = "kneighbors({k})"
"""With how many: an output fills its argument in."""
CLASS_PLACES: Final = "places in classes_"
"""No method, but what some engines know beside `predict`: the place of each label among the estimator's classes."""

FOR_NEW_ROWS: Final = (PREDICT, TRANSFORM, SCORE_SAMPLES, KNEIGHBORS, MAHALANOBIS)
"""An estimator with none of these can say nothing of rows that it was not fitted on."""

_NEIGHBORS = re.compile(r"kneighbors\((\d+)\)")


@dataclass(frozen=True, slots=True)
class Answers:
    """Arrays by method, each with one entry per row in its first dimension."""

    arrays: Mapping[str, NDArray[Any]]
    derived: dict[object, Any] = field(default_factory=dict, compare=False, repr=False)
    """What one output has found in the arrays, for others to use, by who found it."""
    class_places: NDArray[np.intp] | None = None
    """The places of `predict`'s labels among the estimator's `classes_`, where they are known."""

    def __getitem__(self, method: str) -> NDArray[Any]:
        """Return one method's array."""
        return self.arrays[method]

    def rows(self, start: int, stop: int) -> Answers:
        """Return the answers for the rows from `start` up to `stop`."""
        places = None if self.class_places is None else self.class_places[start:stop]
        return Answers({method: array[start:stop] for method, array in self.arrays.items()}, class_places=places)

    @staticmethod
    def joined(parts: Iterable[Answers]) -> Answers:
        """Put the answers for several groups of rows behind each other. All must have the same methods."""
        parts = list(parts)
        if len(parts) == 1:
            return parts[0]
        return Answers({method: np.concatenate([part[method] for part in parts]) for method in parts[0].arrays})


def call(estimator: Any, rows: Any, count: int, methods: Iterable[str]) -> Answers:
    """Call each of the methods once with all rows.

    Raises whatever the estimator raises, and ValueError where it does not answer one entry per row.
    """
    with jobs_in_threads():
        results = called(estimator, rows, methods)
    return Answers({method: checked(method, result, count) for method, result in results.items()})


def called(estimator: Any, rows: Any, methods: Iterable[str]) -> dict[str, Any]:
    """Return what each of the methods returns for all rows. Raises whatever the estimator raises."""
    wanted = set(methods)
    results: dict[str, Any] = {}
    if PREDICT_STD in wanted:
        mean, std = (with_std(estimator) or estimator).predict(rows, return_std=True)
        results[PREDICT_STD] = std
        if PREDICT in wanted:
            results[PREDICT] = mean
    for method in sorted(wanted - results.keys()):
        results[method] = _called(estimator, method, rows)
    return results


def _called(estimator: Any, method: str, rows: Any) -> Any:
    neighbors = _NEIGHBORS.fullmatch(method)
    if neighbors is None:
        return getattr(estimator, method)(rows)
    # The nearest of ten need not be in the order of the nearest of five where some are equally near: so ask for k.
    distances, places = estimator.kneighbors(rows, n_neighbors=int(neighbors[1]))
    return np.stack([places, distances], axis=-1)


def checked(method: str, result: Any, count: int) -> NDArray[Any]:
    """Return what a method returned as a dense array of `count` entries. Raises ValueError where it has others."""
    array = _as_array(result)
    if array.ndim == 1 and count == 1 and len(array) > 1:
        array = array[np.newaxis]  # the sparse PCAs drop the dimension of rows where there is one row
    if array.ndim == 0 or len(array) != count:
        raise ValueError(f"{method} answered an array of shape {array.shape} for {count} rows")
    return array


def _as_array(result: Any) -> NDArray[Any]:
    """Return a dense array, whether the estimator answers an array, a sparse matrix, a frame, or an array per target.

    The columns of several targets stand behind each other.
    """
    if isinstance(result, np.ndarray):
        return result
    if isinstance(result, list) and result and all(isinstance(part, np.ndarray) and part.ndim > 1 for part in result):
        return np.concatenate(result, axis=1)
    for convert in ("toarray", "to_numpy"):
        method: Callable[[], NDArray[Any]] | None = getattr(result, convert, None)
        if method is not None:
            return method()
    return np.asarray(result)
