"""Whether a graph answers as the estimator does, method by method."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inference.cost import timed
from inference.engines.domain import Domain
from inference.engines.engine import Engine
from inference.engines.onnx.bounds import SECONDS
from inference.engines.onnx.conversion import CannotConvert, convert
from inference.engines.onnx.engine import OnnxEngine
from inference.engines.onnx.feeds import Feeds
from inference.engines.onnx.graph import GraphOutput, candidates, labels_of, open_session
from inference.engines.onnx.ways import Way, ways
from inference.engines.plain import PlainEngine
from inference.engines.probes import Probes
from inference.engines.proof import TOLERANCE, Unequal, largest_difference
from inference.outputs.answers import PREDICT, PREDICT_PROBA, Answers

FEWEST: Final = 2000
"""Of fewer rows no proof is made."""

_FEW: Final = 64
"""By so many rows it is seen how long all would take."""

_ALONE: Final = 8
"""So many rows are asked for alone, too: kernels differ between one row and many."""


@dataclass(frozen=True, slots=True)
class Proved:
    """A graph that answers as the estimator does."""

    engine: OnnxEngine
    way: Way
    content: bytes
    difference: float
    """The largest one of a number, relative to the estimator's."""
    rows: int


def prove(native: Engine, plain: PlainEngine, methods: Collection[str], probes: Probes) -> Proved:
    """Convert an estimator in each way there is, until one answers as its plain call does.

    Raises CannotConvert or NotLean where no graph can be made, and Unequal where none answers as the estimator does.
    """
    deadline = time.monotonic() + SECONDS
    _check_pace(plain, probes, methods)
    expected = plain.ask(probes.columns, probes.count, methods)
    errors: list[Exception] = []
    for attempt in ways(plain.estimator, plain.signature):
        left = deadline - time.monotonic()
        if errors and left <= 0:
            break
        try:
            return _proved(native, expected, probes, attempt, left)
        except (CannotConvert, Unequal) as error:
            errors.append(error)
    # Unequal answers say more than a conversion that failed in 64 bits alone.
    raise next((error for error in errors if isinstance(error, Unequal)), errors[0])


def _check_pace(engine: Engine, probes: Probes, methods: Collection[str]) -> None:
    """Raise CannotConvert where answering all probes would take too long, as a few of them show."""
    few = probes.take(0, _FEW)
    expected = timed(lambda: engine.ask(few.columns, few.count, methods)) * probes.count / few.count
    if expected > SECONDS:
        raise CannotConvert(f"comparing {probes.count} rows would take longer than {SECONDS:.0f} s")


def _proved(native: Engine, expected: Answers, probes: Probes, attempt: tuple[Way, Feeds], seconds: float) -> Proved:
    way, feeds = attempt
    content = convert(feeds, seconds)
    numbers = feeds.numbers(probes.columns)
    domain = None if numbers is None else Domain.of(numbers)
    engine = OnnxEngine(native, open_session(content), feeds, {}, domain)
    whole = feeds.complete(probes.columns)
    if len(whole) < FEWEST:
        raise Unequal(f"only {len(whole)} rows could be compared")
    kept = Probes([[column[place] for place in whole] for column in probes.columns], len(whole))
    trial = _Trial(engine, kept, Answers({method: array[whole] for method, array in expected.arrays.items()}))
    outputs = trial.outputs(feeds.converted)
    return Proved(replace(engine, outputs=outputs), way, content, trial.largest, kept.count)


@dataclass(slots=True)
class _Trial:
    """Finds which output is which method's answer."""

    engine: OnnxEngine
    probes: Probes
    expected: Answers
    largest: float = 0.0

    def outputs(self, estimator: Any) -> dict[str, GraphOutput]:
        """Return the outputs by method. Raises Unequal where labels differ, and where there is none."""
        found: dict[str, GraphOutput] = {}
        wrong: Unequal | None = None
        for method in sorted(self.expected.arrays, key=lambda one: (one != PREDICT_PROBA, one != PREDICT, one)):
            try:
                taken = {output.name for output in found.values()}
                found[method] = self._first(method, [*self._candidates(method, estimator, found, taken)])
            except Unequal as error:
                # A label that differs is never passed over: scores may be another method's.
                wrong = error if method == PREDICT else wrong
        if wrong:
            raise wrong
        if not found:
            raise Unequal("none of its graph's outputs is one of its answers")
        return found

    def _candidates(
        self, method: str, estimator: Any, found: dict[str, GraphOutput], taken: Collection[str]
    ) -> list[GraphOutput]:
        expected = self.expected[method]
        own = candidates(self.engine.session, expected, taken)
        classes = getattr(estimator, "classes_", None)
        if method != PREDICT or PREDICT_PROBA not in found or not isinstance(classes, np.ndarray):
            return own
        # The class of the greatest probability comes first: where two are as great, the native engine decides, while a
        # graph's own label is that of numbers that were rounded otherwise.
        return [labels_of(found[PREDICT_PROBA], expected, classes), *own]

    def _first(self, method: str, outputs: list[GraphOutput]) -> GraphOutput:
        """Return the first that answers as the method does. Raises Unequal where none does."""
        error = Unequal(f"{method}: its graph does not have it")
        for output in outputs:
            try:
                self.largest = max(self.largest, self._difference(output, method))
            except Unequal as unequal:
                error = unequal
            else:
                return output
        raise error

    def _difference(self, output: GraphOutput, method: str) -> float:
        """Compare all rows together, and some alone. Raises Unequal."""
        alone = range(min(_ALONE, self.probes.count))
        parts = [self.probes, *(self.probes.take(place, place + 1) for place in alone)]
        try:
            answers = [self.engine.answer(part.columns, part.count, {method: output}) for part in parts]
        except Exception as error:
            raise Unequal(f"{method}: ONNX Runtime raised {type(error).__name__}: {error}") from error
        answered = [answer[method] for answer in answers if answer is not None]
        if len(answered) < len(parts):
            raise Unequal(f"{method}: its own probes lie outside its domain")
        expected: NDArray[Any] = self.expected[method]
        wanted = np.concatenate([expected, expected[: len(alone)]])
        largest = largest_difference(method, wanted, np.concatenate(answered))
        if largest > TOLERANCE:
            raise Unequal(f"{method}: a number differs by {largest:.1g} of itself, more than {TOLERANCE:.0g}")
        return largest
