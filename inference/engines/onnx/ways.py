"""The ways to make a graph of an estimator, the best one first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from inference.engines.lean.form import NotLean
from inference.engines.lean.forms import split, unwrapped
from inference.engines.onnx.feeds import Feeds, WholeFeeds
from inference.engines.onnx.rewriting import takes_small_letters
from inference.engines.onnx.step_feeds import StepFeeds
from inference.engines.thresholds import all_trees_of
from inference.signature.feature import Signature


class Way(NamedTuple):
    """Of what a graph is made, and how its numbers are stored."""

    whole: bool
    """All of the estimator, else the last step of a pipeline alone."""
    wide: bool
    """64 bits, else 32."""


_OF_OTHERS: Final = (
    Way(whole=True, wide=True),
    Way(whole=True, wide=False),
    Way(whole=False, wide=True),
    Way(whole=False, wide=False),
)
_OF_TREES: Final = (Way(whole=False, wide=False), Way(whole=True, wide=False))
"""Trees see numbers of 32 bits, which steps before them compute with 64."""


def ways(estimator: Any, signature: Signature) -> Iterator[tuple[Way, Feeds]]:
    """Yield what can be tried. Raises NotLean where nothing can."""
    made = 0
    refused: NotLean | None = None
    for way in _OF_TREES if all_trees_of(estimator) else _OF_OTHERS:
        try:
            feeds = feeds_of(estimator, signature, way)
        except NotLean as error:
            refused = refused or error
        else:
            made += 1
            yield way, feeds
    if not made and refused:
        raise refused


def feeds_of(estimator: Any, signature: Signature, way: Way) -> Feeds:
    """Return what feeds a graph that was made in some way. Raises NotLean where nothing can."""
    estimator = unwrapped(estimator)
    if way.whole:
        return WholeFeeds(estimator, signature, wide=way.wide, small_letters=takes_small_letters(estimator))
    before, last = split(estimator)
    return StepFeeds(before, last, signature, wide=way.wide)
