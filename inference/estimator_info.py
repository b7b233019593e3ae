"""Reads what a fitted scikit-learn estimator says of itself."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from importlib import metadata
from typing import Any

import numpy as np

from inference.column_owners import owners_after
from inference.info import EstimatorInfo, Hyperparameter, LibraryVersion, Step


def estimator_info(estimator: Any, feature_count: int, trained_with: str | None) -> EstimatorInfo:
    """Describe an estimator; `trained_with` is the scikit-learn version in its artifact, if another than running."""
    final = final_estimator(estimator)
    return EstimatorInfo(
        framework=_package(final),
        name=type(final).__name__,
        steps=tuple(_steps(estimator)),
        hyperparameters=tuple(_hyperparameters(estimator)),
        libraries=tuple(_libraries(final, trained_with)),
        importances=_importances(estimator, final, feature_count),
    )


def final_estimator(estimator: Any) -> Any:
    """Return the estimator that answers: a pipeline's last step, a search's best."""
    while True:
        if hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        elif hasattr(estimator, "steps"):
            estimator = estimator.steps[-1][1]
        else:
            return estimator


def _steps_before(estimator: Any) -> list[Any]:
    """Return the steps that rows pass through before the final estimator."""
    before: list[Any] = []
    while True:
        if hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        elif hasattr(estimator, "steps"):
            before += [step for _, step in estimator.steps[:-1]]
            estimator = estimator.steps[-1][1]
        else:
            return before


def _package(estimator: Any) -> str:
    answering = getattr(getattr(estimator, "booster", None), "raw", estimator)  # a booster without an estimator
    top = type(answering).__module__.split(".", maxsplit=1)[0]
    return {"sklearn": "scikit-learn", "imblearn": "imbalanced-learn"}.get(top, top)


def _steps(estimator: Any) -> Iterator[Step]:
    pipeline = getattr(estimator, "best_estimator_", estimator)
    for name, step in getattr(pipeline, "steps", [(type(pipeline).__name__.lower(), pipeline)]):
        yield Step(name, type(step).__name__ if not isinstance(step, str) else step)


def _hyperparameters(estimator: Any) -> Iterator[Hyperparameter]:
    if not hasattr(estimator, "get_params"):
        return
    parameters = estimator.get_params(deep=True)
    for name, value in sorted(parameters.items()):
        if not _holds_estimators(value):
            step, _, own = name.rpartition("__")
            changed = _changed(parameters.get(step, estimator), own, value)
            yield Hyperparameter(name, _written(value), changed=changed)


def _changed(owner: Any, name: str, value: Any) -> bool:
    """Tell whether a parameter differs from its class's default; the steps of a pipeline have none."""
    parameter = inspect.signature(type(owner)).parameters.get(name)
    return parameter is None or _written(parameter.default) != _written(value)


def _holds_estimators(value: Any) -> bool:
    """Tell whether a parameter is a step, whose own parameters are listed by themselves."""
    if isinstance(value, list | tuple):
        return any(_holds_estimators(item) for item in value)
    return hasattr(value, "get_params")


def _written(value: Any) -> str:
    longest = 200
    text = " ".join(repr(value).split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _libraries(final: Any, trained_with: str | None) -> Iterator[LibraryVersion]:
    running = metadata.version("scikit-learn")
    package = _package(final)
    if package == "scikit-learn" or trained_with:
        # The artifact warns of another version only: without a warning it is the running one.
        yield LibraryVersion("scikit-learn", running, trained_with or running)
    if package != "scikit-learn":
        version = _version(package)
        if version is not None:  # a module beside the model has none
            yield LibraryVersion(package, version, None)


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:  # XGBoost, for one, comes in packages of several names
        return getattr(sys.modules.get(package), "__version__", None)


def _importances(estimator: Any, final: Any, feature_count: int) -> tuple[float, ...] | None:
    """Return the final estimator's own importances, those of all columns that come from a feature added up.

    None where they are not certain to be the features' own: behind a step that mixes columns, for one.
    """
    if getattr(estimator, "n_features_in_", None) != feature_count:
        return None
    try:
        owners = owners_after(_steps_before(estimator), tuple(range(feature_count)))
    except Exception:  # noqa: BLE001  # steps are anyone's code, and nothing is lost without importances
        return None
    for name in ("feature_importances_", "coef_"):
        values = getattr(final, name, None)
        if owners and isinstance(values, np.ndarray) and values.shape[-1] == len(owners):
            # Several classes have a row of coefficients each: their mean size says how much a column counts.
            sizes = np.abs(values) if name == "coef_" else values
            of_columns = sizes.reshape(-1, len(owners)).mean(axis=0)
            importances: list[float] = np.bincount(owners, weights=of_columns, minlength=feature_count).tolist()
            return tuple(importances)
    return None
