"""Scalers: one or two operations on a whole matrix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sklearn import preprocessing

from inference.engines.lean.form import Form, NotLean, Transforming


class Scaling(Transforming):
    """A step that only transforms, by one function."""

    def __init__(self, scale: Callable[[Any], Any]) -> None:
        self._scale = scale

    def transform(self, rows: Any) -> Any:
        """Scale rows."""
        return self._scale(rows)


def _standard(scaler: Any) -> Form:
    mean = scaler.mean_ if scaler.with_mean else None
    return _shifted(mean, scaler.scale_ if scaler.with_std else None)


def _robust(scaler: Any) -> Form:
    return _shifted(scaler.center_ if scaler.with_centering else None, scaler.scale_ if scaler.with_scaling else None)


def _shifted(shift: Any, divisor: Any) -> Form:
    def scale(rows: Any) -> Any:
        shifted = rows if shift is None else rows - shift
        return shifted if divisor is None else shifted / divisor

    return Scaling(scale)


def _min_max(scaler: Any) -> Form:
    if scaler.clip:
        raise NotLean("it clips")

    def scale(rows: Any) -> Any:
        scaled = rows * scaler.scale_
        scaled += scaler.min_
        return scaled

    return Scaling(scale)


SCALING: Mapping[type, Callable[[Any], Form]] = {
    preprocessing.StandardScaler: _standard,
    preprocessing.RobustScaler: _robust,
    preprocessing.MinMaxScaler: _min_max,
}
