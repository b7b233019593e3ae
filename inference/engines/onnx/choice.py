"""Whether a model is answered by its conversion: by the cache, else by a proof and a measurement."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any, Final

import pandas as pd

from inference.engines.cache import Cache, Said
from inference.engines.domain import Domain
from inference.engines.engine import Engine
from inference.engines.identity import Identity
from inference.engines.lean.form import NotLean
from inference.engines.onnx.conversion import CannotConvert
from inference.engines.onnx.engine import OnnxEngine
from inference.engines.onnx.graph import GraphOutput, open_session
from inference.engines.onnx.kept import Kept
from inference.engines.onnx.parity import Proved, prove
from inference.engines.onnx.ways import Way, feeds_of
from inference.engines.plain import PlainEngine
from inference.engines.probes import make_probes
from inference.engines.proof import Unequal
from inference.engines.thresholds import thresholds_of
from inference.engines.timing import mean, ratio

logger = logging.getLogger(__name__)

PROBES: Final = 4096
"""So many rows are made; those that a graph is never given do not count."""

WORTH: Final = 1.1
"""A graph is taken where it is so many times faster than the native engine, in calls of one row and of 100."""

_MANY: Final = 1000
"""Calls of more than 100 rows go to the graph only if it is faster for so many, too."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """What is to be converted."""

    plain: PlainEngine
    native: Engine
    sample: pd.DataFrame | None
    methods: Collection[str]
    anyway: bool
    """It is to be taken even if it is not faster."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A graph's engine, if it is taken, and the figures of its proof."""

    engine: OnnxEngine | None
    kept: Kept


def decide(conversion: Conversion, cache: Cache | None, identity: Identity | None) -> Decision:
    """Return whether a graph answers, from the cache or by a proof. Raises nothing: a model can always be native.

    Without an identity nothing is kept.
    """
    if find_spec("onnxruntime") is None:
        return _without("onnxruntime")
    key = identity.key("onnx", conversion.anyway) if cache and identity else ""
    found = cache.find(key) if cache and key else None
    if found:
        try:
            return _reopened(conversion, *found)
        except (CannotConvert, NotLean, LookupError, TypeError, ValueError) as error:
            logger.warning("A kept conversion cannot be used, and is made anew: %s", error)
    if find_spec("skl2onnx") is None:
        return _without("skl2onnx")
    decision, content = _made(conversion)
    if cache and key:
        cache.keep(key, decision.kept.said(), content)
    return decision


def _without(library: str) -> Decision:
    """Say that a library is missing, which is not kept: it may be there at the next start."""
    return Decision(None, Kept(f"It has no ONNX graph: {library} is not installed; predictql[onnx] brings it."))


def _reopened(conversion: Conversion, said: Said, content: bytes) -> Decision:
    """Return what was kept. Raises CannotConvert, NotLean, LookupError, TypeError or ValueError where it is no use."""
    kept = Kept.of(said)
    if not kept.taken:
        return Decision(None, kept)
    domain = None if kept.domain is None else Domain(*kept.domain)
    feeds = feeds_of(conversion.plain.estimator, conversion.plain.signature, Way(kept.whole, kept.wide))
    outputs = {
        method: GraphOutput(name, dtype, tail, feeds.converted.classes_ if is_label else None)
        for method, name, dtype, tail, is_label in kept.outputs
    }
    session = open_session(content)
    return Decision(OnnxEngine(conversion.native, session, feeds, outputs, domain, kept.most_rows), kept)


def _made(conversion: Conversion) -> tuple[Decision, bytes]:
    try:
        thresholds = thresholds_of(conversion.plain.estimator)
        probes = make_probes(conversion.plain.signature, conversion.sample, PROBES, thresholds)
        proved = prove(conversion.native, conversion.plain, conversion.methods, probes)
    except (CannotConvert, NotLean) as error:
        return Decision(None, Kept(f"It has no ONNX graph: {error}.")), b""
    except Unequal as error:
        return Decision(None, Kept(f"Its ONNX graph does not answer as it does: {error}.")), b""
    except Exception as error:
        logger.exception("%s is not converted", type(conversion.plain.estimator).__name__)
        return Decision(None, Kept(f"Comparing it with an ONNX graph raised {type(error).__name__}.")), b""
    return _measured(conversion, proved), proved.content


def _measured(conversion: Conversion, proved: Proved) -> Decision:
    """Compare the graph's speed with the native engine's: by the methods that the graph has."""
    methods = tuple(proved.engine.outputs)

    def against(other: Engine, rows: int) -> float:
        columns = [[value] * rows for value in conversion.plain.signature.example_row]
        return ratio(lambda: other.ask(columns, rows, methods), lambda: proved.engine.ask(columns, rows, methods))

    faster = {rows: against(conversion.native, rows) for rows in (1, 100, _MANY)}
    said = f"{faster[1]:.1f} times as fast as the lean call for 1 row, {faster[100]:.1f} for 100"
    if min(faster[1], faster[100]) < WORTH and not conversion.anyway:
        return Decision(None, Kept(f"Its ONNX graph is not faster: {said}."))
    most_rows = None if conversion.anyway or faster[_MANY] >= 1 else 100
    engine = replace(proved.engine, most_rows=most_rows)
    speedup = mean([against(conversion.plain, rows) for rows in (1, 100)])
    return Decision(engine, _kept(proved, engine, speedup, f"Its ONNX graph is {said}."))


def _kept(proved: Proved, engine: OnnxEngine, speedup: float, reason: str) -> Kept:
    domain = engine.domain
    bounds: Any = None if domain is None else (domain.least, domain.greatest)
    return Kept(
        reason=reason,
        taken=True,
        rows=proved.rows,
        difference=proved.difference,
        speedup=speedup,
        whole=proved.way.whole,
        wide=proved.way.wide,
        outputs=tuple(
            (method, one.name, one.dtype, one.tail, one.classes is not None) for method, one in engine.outputs.items()
        ),
        domain=bounds,
        most_rows=engine.most_rows,
    )
