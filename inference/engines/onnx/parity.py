"""Whether a graph answers as the estimator does, method by method."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from inference.engines.domain import Domain
from inference.engines.engine import Engine
from inference.engines.onnx.conversion import CannotConvert, convert
from inference.engines.onnx.engine import OnnxEngine
from inference.engines.onnx.feeds import Feeds
from inference.engines.onnx.graph import GraphOutput, candidates, open_session
from inference.engines.plain import PlainEngine
from inference.engines.probes import Probes
from inference.engines.proof import TOLERANCE, Unequal, largest_difference
from inference.outputs.answers import PREDICT

FEWEST: Final = 2000
"""Of fewer rows no proof is made."""

_ALONE: Final = 8
"""So many rows are asked for alone, too: kernels differ between one row and many."""


@dataclass(frozen=True, slots=True)
class Proved:
    """A graph that answers as the estimator does."""

    engine: OnnxEngine
    content: bytes
    difference: float
    """The largest one of a number, relative to the estimator's."""
    rows: int


def prove(native: Engine, plain: PlainEngine, methods: Collection[str], probes: Probes) -> Proved:
    """Convert an estimator, in 64 bits or else in 32, and compare it with its plain call.

    Raises CannotConvert where no graph can be made, and Unequal where none answers as the estimator does.
    """
    errors: list[Exception] = []
    for wide in (True, False):
        try:
            return _proved(native, plain, methods, probes, Feeds.for_(plain.estimator, plain.signature, wide=wide))
        except (CannotConvert, Unequal) as error:
            errors.append(error)
            if isinstance(error.__cause__, NotImplementedError):
                break  # 32 bits are not implemented either
    # Unequal answers say more than a conversion that failed in 64 bits alone.
    raise next((error for error in errors if isinstance(error, Unequal)), errors[-1])


def _proved(native: Engine, plain: PlainEngine, methods: Collection[str], probes: Probes, feeds: Feeds) -> Proved:
    content = convert(plain.estimator, feeds)
    numbers = feeds.numbers(probes.columns)
    domain = None if numbers is None else Domain.of(numbers)
    engine = OnnxEngine(native, open_session(content), feeds, {}, domain)
    kept = _without_gaps(probes, feeds)
    if kept.count < FEWEST:
        raise Unequal(f"only {kept.count} rows could be compared")
    expected = plain.ask(kept.columns, kept.count, methods)
    outputs: dict[str, GraphOutput] = {}
    largest = 0.0
    for method in sorted(methods, key=lambda one: (one != PREDICT, one)):
        taken = {output.name for output in outputs.values()}
        for output in candidates(engine.session, expected[method], taken):
            try:
                difference = _difference(engine, output, method, kept, expected[method])
            except Unequal:
                # A label that differs is never passed over: scores may be another method's.
                if method == PREDICT:
                    raise
                continue
            outputs[method] = output
            largest = max(largest, difference)
            break
    if not outputs:
        raise Unequal("none of its graph's outputs is one of its answers")
    return Proved(replace(engine, outputs=outputs), content, largest, kept.count)


def _without_gaps(probes: Probes, feeds: Feeds) -> Probes:
    """Leave out rows with something missing that the graph has no value for: the native engine answers them."""
    words = [column for column in probes.columns if any(isinstance(value, str) for value in column)]
    needed = [*(words if feeds.apart else ()), *(() if feeds.gaps else probes.columns)]
    whole = [place for place in range(probes.count) if all(column[place] is not None for column in needed)]
    return Probes([[column[place] for place in whole] for column in probes.columns], len(whole))


def _difference(
    engine: OnnxEngine, output: GraphOutput, method: str, probes: Probes, expected: NDArray[np.generic]
) -> float:
    """Compare all rows together, and some alone. Raises Unequal."""
    alone = range(min(_ALONE, probes.count))
    parts = [probes, *(probes.take(place, place + 1) for place in alone)]
    try:
        answers = [engine.answer(part.columns, part.count, {method: output}) for part in parts]
    except Exception as error:
        raise Unequal(f"{method}: ONNX Runtime raised {type(error).__name__}: {error}") from error
    answered = [answer[method] for answer in answers if answer is not None]
    if len(answered) < len(parts):
        raise Unequal(f"{method}: its own probes lie outside its domain")
    wanted = np.concatenate([expected, expected[: len(alone)]])
    largest = largest_difference(method, wanted, np.concatenate(answered))
    if largest > TOLERANCE:
        raise Unequal(f"{method}: a number differs by {largest:.1g} of itself, more than {TOLERANCE:.0g}")
    return largest
