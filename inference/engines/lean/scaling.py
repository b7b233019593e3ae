"""Scalers: one or two operations on a whole matrix."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
from sklearn import preprocessing

from inference.engines.lean.form import Form, NotLean
from inference.outputs.answers import TRANSFORM


class Scaling:
    """A step that only transforms, by one function."""

    takes_columns = False

    def __init__(self, transform: Callable[[Any], Any]) -> None:
        self._transform = transform

    def answers(self, rows: Any, methods: Collection[str]) -> Mapping[str, Any]:
        """Answer `transform` alone. Raises NotLean for any other method."""
        if {*methods} != {TRANSFORM}:
            raise NotLean(f"{methods} is more than transform")
        return {TRANSFORM: self._transform(rows)}


def _standard(scaler: Any) -> Form:
    mean = scaler.mean_ if scaler.with_mean else None
    return _shifted(mean, scaler.scale_ if scaler.with_std else None)


def _robust(scaler: Any) -> Form:
    return _shifted(scaler.center_ if scaler.with_centering else None, scaler.scale_ if scaler.with_scaling else None)


def _shifted(shift: Any, divisor: Any) -> Form:
    def transform(rows: Any) -> Any:
        scaled = np.array(rows, dtype=np.float64, order="K")
        if shift is not None:
            scaled -= shift
        if divisor is not None:
            scaled /= divisor
        return scaled

    return Scaling(transform)


def _min_max(scaler: Any) -> Form:
    if scaler.clip:
        raise NotLean("it clips")

    def transform(rows: Any) -> Any:
        scaled = np.array(rows, dtype=np.float64, order="K")
        scaled *= scaler.scale_
        scaled += scaler.min_
        return scaled

    return Scaling(transform)


SCALING: Mapping[type, Callable[[Any], Form]] = {
    preprocessing.StandardScaler: _standard,
    preprocessing.RobustScaler: _robust,
    preprocessing.MinMaxScaler: _min_max,
}
