"""Converts an estimator to an ONNX graph, with skl2onnx."""

from __future__ import annotations

import re
from typing import Any, Final

from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor, IsolationForest

from inference.engines.onnx.bounds import MOST_NODES, SECONDS, TooLong, within
from inference.engines.onnx.feeds import Feeds
from inference.engines.onnx.rewriting import nested, rewritten
from inference.engines.thresholds import all_trees_of

_OPSETS: Final = {"": 18, "ai.onnx.ml": 3}
"""The newest operators that all of skl2onnx's converters and ONNX Runtime know."""

_UNKNOWN: Final = re.compile(r"Unable to find a shape calculator for type '<class '[\w.]*?(\w+)'>'")
"""What skl2onnx says of an estimator for which it has no converter."""

_BY_HISTOGRAMS: Final = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)


class CannotConvert(Exception):
    """There is no graph for this estimator: why."""


def convert(feeds: Feeds, seconds: float) -> bytes:
    """Return the graph that is fed so. Raises CannotConvert, also where it takes longer than so many seconds."""
    estimator = feeds.converted
    nodes = sum(tree.tree_.node_count for tree in all_trees_of(estimator))
    _check(estimator, nodes)
    from skl2onnx import convert_sklearn  # noqa: PLC0415  # half a second, and only where nothing is cached

    def made(options: dict[str, Any] | None) -> Any:
        changed = rewritten(estimator, wide=feeds.wide)
        return convert_sklearn(changed, initial_types=_types(feeds), options=options, target_opset=_OPSETS)

    def with_options() -> Any:
        try:
            return made({"zipmap": False} if hasattr(estimator, "classes_") else None)
        except NameError:  # what gives no probabilities has no such option
            return made(None)

    try:
        # Looking at the clock would double the time that trees take, which is known.
        graph = with_options() if nodes else within(seconds, with_options)
    except TooLong as error:
        raise CannotConvert(f"converting it takes longer than {SECONDS:.0f} s") from error
    except Exception as error:
        unknown = _UNKNOWN.match(str(error))
        if unknown:
            raise CannotConvert(f"skl2onnx does not know {unknown[1]}") from error
        said = next(iter(str(error).splitlines()), "").rstrip(".")
        raise CannotConvert(f"skl2onnx cannot convert it: {type(error).__name__}: {said}") from error
    content: bytes = graph.SerializeToString()
    return content


def _check(estimator: Any, nodes: int) -> None:
    """Raise CannotConvert for what is known to fail, or to take too long."""
    if nodes > MOST_NODES:
        raise CannotConvert(f"its trees have {nodes:,} nodes, and more than {MOST_NODES:,} take too long to convert")
    held = [*nested(estimator)]
    if any(isinstance(one, IsolationForest) for one in held):
        # Measured: 157 s for 200 trees, and then 20 times slower than the walk down its trees.
        raise CannotConvert("the graph of an isolation forest is slower than the forest")
    if any(isinstance(one, _BY_HISTOGRAMS) for one in held):
        raise CannotConvert("boosting by histograms compares numbers of 64 bits, and trees in ONNX those of 32")
    analyzers = [value for name, value in _parameters(estimator).items() if name.split("__")[-1] == "analyzer"]
    if any(analyzer != "word" for analyzer in analyzers):
        # It says so itself, but for the demo model of languages only after 12 s.
        raise CannotConvert("skl2onnx takes texts apart by words only, not by characters or by other code")


def _parameters(estimator: Any) -> dict[str, Any]:
    return estimator.get_params(deep=True) if hasattr(estimator, "get_params") else {}


def _types(feeds: Feeds) -> list[tuple[str, Any]]:
    from skl2onnx.common.data_types import (  # noqa: PLC0415  # as above
        DoubleTensorType,
        FloatTensorType,
        StringTensorType,
    )

    number = DoubleTensorType if feeds.wide else FloatTensorType
    return [(one.name, (StringTensorType if one.is_text else number)([None, one.width])) for one in feeds.inputs]
