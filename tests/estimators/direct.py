"""What an estimator answers when it is called directly, as each field of a prediction should say it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

Rows = list[Any]
"""One entry per row: a plain value, or values in lists."""

METHODS = ("predict", "predict_proba", "decision_function", "transform", "score_samples", "kneighbors")
"""By which an estimator may offer answers for new rows."""


def offered(estimator: Any) -> set[str]:
    """Return the methods that a fitted estimator has, `return_std` of its `predict` among them."""
    methods = {method for method in METHODS if hasattr(estimator, method)}
    if "predict" in methods and _gives_std(estimator):
        methods.add("predict(return_std)")
    return methods


def _gives_std(estimator: Any) -> bool:
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    best = getattr(last, "best_estimator_", None)
    return _gives_std(best) if best is not None else "return_std" in inspect.signature(last.predict).parameters


def direct(field: str, task: str, estimator: Any, x: Any) -> Rows:
    """Return what a field of the prediction should say for some rows."""
    if field.startswith("target"):
        return _target(int(field.removeprefix("target")), estimator, x)
    answer = _BY_TASK.get((task, field)) or _FIELDS[field]
    return answer(estimator, x)


def dense(answer: Any) -> np.ndarray:
    """Return numbers as an array, whatever holds them."""
    return np.asarray(answer.toarray() if hasattr(answer, "toarray") else answer)


def _numbers(method: str) -> Callable[[Any, Any], Rows]:
    return lambda estimator, x: dense(getattr(estimator, method)(x)).astype(float).tolist()


def _single(method: str) -> Callable[[Any, Any], Rows]:
    return lambda estimator, x: dense(getattr(estimator, method)(x)).astype(float).reshape(-1).tolist()


def _labels(estimator: Any, x: Any) -> Rows:
    return [_shown(label) for label in np.ravel(estimator.predict(x)).tolist()]


_SIGNS = {"1": "X_1", "-2": "MINUS_2"}
"""The classes that are no names as they stand, and how GraphQL shows them."""


def _shown(label: Any) -> Any:
    """Write a class as an enum does; the names of classes in these tests are single words."""
    return _SIGNS.get(label, label.upper()) if isinstance(label, str) else label


def _raw_labels(estimator: Any, x: Any) -> Rows:
    return [str(label) for label in np.ravel(estimator.predict(x)).tolist()]


def _probability(estimator: Any, x: Any) -> Rows:
    places = {label: place for place, label in enumerate(estimator.classes_.tolist())}
    labels = np.ravel(estimator.predict(x)).tolist()
    return [row[places[label]] for row, label in zip(estimator.predict_proba(x).tolist(), labels, strict=True)]


def _top_classes(estimator: Any, x: Any) -> Rows:
    """Rank with a stable sort of plain tuples; `k` is 3 where nobody gives one."""
    classes = estimator.classes_.tolist()
    return [_best(classes, row) for row in estimator.predict_proba(x).tolist()]


def _best(classes: Sequence[Any], probabilities: Sequence[float]) -> Rows:
    pairs = sorted(zip(classes, probabilities, strict=True), key=lambda pair: -pair[1])[:3]
    return [[_shown(label), str(label), probability] for label, probability in pairs]


def _probabilities(estimator: Any, x: Any) -> Rows:
    answered = estimator.predict_proba(x)
    if isinstance(answered, list):  # for each label, that it is not and that it is there
        answered = np.column_stack([of_label[:, 1] for of_label in answered])
    rows: Rows = answered.tolist()
    return rows


def _several_labels(estimator: Any, x: Any) -> Rows:
    return [[f"LABEL_{place}" for place, yes in enumerate(row) if yes] for row in estimator.predict(x).tolist()]


def _target(place: int, estimator: Any, x: Any) -> Rows:
    """Return all that can be said of one target among several, in the order of its object's fields."""
    classes = estimator.classes_[place].tolist()
    predicted = np.asarray(estimator.predict(x))[:, place].tolist()
    labels = [classes[classes.index(label)] for label in predicted]  # a chain answers 1.0 for the class 1
    said = [[_shown(label), str(label)] for label in labels]
    if not hasattr(estimator, "predict_proba"):
        return said
    answered = estimator.predict_proba(x)
    if isinstance(answered, np.ndarray):  # the probability of the second of two classes, for each target
        of_target = np.column_stack([1 - answered[:, place], answered[:, place]])
    else:
        of_target = answered[place]
    rows = zip(said, labels, of_target.tolist(), strict=True)
    return [[*both, row[classes.index(label)], row, _best(classes, row), row] for both, label, row in rows]


def _decision(estimator: Any, x: Any) -> Rows:
    scores = np.asarray(estimator.decision_function(x))
    return [np.ravel(row).tolist() for row in scores]


def _value(estimator: Any, x: Any) -> Rows:
    answer = np.asarray(estimator.predict(x), dtype=float)
    rows: Rows = (answer if answer.ndim > 1 and answer.shape[1] > 1 else answer.reshape(-1)).tolist()
    return rows


def _std(estimator: Any, x: Any) -> Rows:
    if isinstance(estimator, Pipeline) and hasattr(estimator[-1], "best_estimator_"):
        return _std(estimator[-1], estimator[:-1].transform(x))
    if hasattr(estimator, "best_estimator_"):  # a search takes no return_std, and hands none on
        return _std(estimator.best_estimator_, x)
    rows = np.asarray(estimator.predict(x, return_std=True)[1]).tolist()
    return [row[0] if isinstance(row, list) and len(row) == 1 else row for row in rows]


def _neighbors(estimator: Any, x: Any) -> Rows:
    distances, places = estimator.kneighbors(x)
    pairs = [zip(*row, strict=True) for row in zip(places.tolist(), distances.tolist(), strict=True)]
    return [[list(pair) for pair in row] for row in pairs]


def _cluster_probability(estimator: Any, x: Any) -> Rows:
    return [max(row) for row in estimator.predict_proba(x).tolist()]


def _transformed(estimator: Any, x: Any) -> Rows:
    rows: Rows = dense(estimator.transform(x)).reshape(len(x), -1).tolist()
    return rows


_FIELDS: dict[str, Callable[[Any, Any], Rows]] = {
    "label": _labels,
    "rawLabel": _raw_labels,
    "probability": _probability,
    "probabilities": _probabilities,
    "probabilityVector": _probabilities,
    "labels": _several_labels,
    "topClasses": _top_classes,
    "decision": _decision,
    "value": _value,
    "std": _std,
    "cluster": lambda estimator, x: estimator.predict(x).tolist(),
    "distances": _numbers("transform"),
    "isOutlier": lambda estimator, x: (estimator.predict(x) == -1).tolist(),
    "score": _single("score_samples"),
    "transformed": _transformed,
    "vector": _transformed,
    "neighbors": _neighbors,
    "mahalanobis": _single("mahalanobis"),
}
_BY_TASK: dict[tuple[str, str], Callable[[Any, Any], Rows]] = {
    ("OUTLIER_DETECTION", "decision"): _single("decision_function"),
    ("CLUSTERING", "probability"): _cluster_probability,
}
"""Where one name says different things."""
