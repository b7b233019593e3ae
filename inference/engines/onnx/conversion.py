"""Converts an estimator to an ONNX graph, with skl2onnx."""

from __future__ import annotations

import copy
from typing import Any, Final

import numpy as np
from sklearn.ensemble import IsolationForest

from inference.engines.onnx.feeds import ALL, Feeds
from inference.engines.thresholds import trees_of
from inference.signature.feature import Container, Storage

VERSION: Final = 1
"""Of what this package makes of an estimator; another number makes all conversions anew."""

_OPSETS: Final = {"": 18, "ai.onnx.ml": 3}
"""The newest operators that all of skl2onnx's converters and ONNX Runtime know."""


class CannotConvert(Exception):
    """There is no graph for this estimator: why."""


def convert(estimator: Any, feeds: Feeds) -> bytes:
    """Return the graph of an estimator. Raises CannotConvert."""
    if isinstance(estimator, IsolationForest):
        # Measured: 157 s for 200 trees, and then 20 times slower than the walk down its trees.
        raise CannotConvert("the graph of an isolation forest is slower than the forest")
    analyzers = [value for name, value in _parameters(estimator).items() if name.split("__")[-1] == "analyzer"]
    if any(analyzer != "word" for analyzer in analyzers):
        # It says so itself, but for the demo model of languages only after 12 s.
        raise CannotConvert("skl2onnx takes texts apart by words only, not by characters or by other code")
    from skl2onnx import convert_sklearn  # noqa: PLC0415  # half a second, and only where nothing is cached

    try:
        graph = convert_sklearn(
            estimator if feeds.wide else with_narrow_thresholds(estimator),
            initial_types=_types(feeds, len(_columns(feeds))),
            options={"zipmap": False} if hasattr(estimator, "classes_") else None,
            target_opset=_OPSETS,
        )
    except Exception as error:
        said = next(iter(str(error).splitlines()), "").rstrip(".")
        raise CannotConvert(f"skl2onnx cannot convert it: {type(error).__name__}: {said}") from error
    content: bytes = graph.SerializeToString()
    return content


def _parameters(estimator: Any) -> dict[str, Any]:
    return estimator.get_params(deep=True) if hasattr(estimator, "get_params") else {}


def with_narrow_thresholds(estimator: Any) -> Any:
    """Return a copy of a tree or an ensemble of trees whose thresholds have 32 bits; any other estimator as it is.

    Trees ask `value <= threshold` of values of 32 bits. Of those, a threshold that is rounded down parts the same
    ones; one that is rounded to the nearest, as a converter does, may be a value that it was to let pass.
    """
    if not trees_of(estimator):
        return estimator
    copied = copy.deepcopy(estimator)
    for tree in trees_of(copied):
        thresholds = tree.tree_.threshold
        narrow = thresholds.astype(np.float32)
        above = narrow.astype(np.float64) > thresholds
        narrow[above] = np.nextafter(narrow[above], np.float32(-np.inf))
        thresholds[:] = narrow
    return copied


def _columns(feeds: Feeds) -> tuple[str, ...]:
    features = feeds.signature.features
    length = features[0].length
    return feeds.signature.column_names if length is None else ("",) * length


def _types(feeds: Feeds, width: int) -> list[tuple[str, Any]]:
    from skl2onnx.common.data_types import (  # noqa: PLC0415  # as above
        DoubleTensorType,
        FloatTensorType,
        StringTensorType,
    )

    number = DoubleTensorType if feeds.wide else FloatTensorType
    if feeds.apart:
        return [
            (one.source, (StringTensorType if one.stored is Storage.STRING else number)([None, 1]))
            for one in feeds.signature.features
        ]
    if feeds.signature.container is Container.TEXTS:
        return [(ALL, StringTensorType([None, 1]))]
    return [(ALL, number([None, width]))]
