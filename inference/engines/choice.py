"""Which engine answers for a model."""

from __future__ import annotations

from dataclasses import replace

from inference.engines.cache import Cache
from inference.engines.identity import Identity
from inference.engines.native import Chosen, Served, native_engine
from inference.engines.onnx.choice import Conversion, decide
from inference.engines.options import EngineName
from inference.engines.plain import PlainEngine
from inference.info import EngineInfo, EngineKind


class EngineUnavailable(Exception):
    """The engine that was asked for cannot answer for this model: why."""


def choose_engine(served: Served, asked: EngineName, cache: Cache | None) -> Chosen:
    """Return the fastest engine that was shown to answer as the estimator does, or the one that is asked for.

    What was found out is kept in the cache. Raises EngineUnavailable where ONNX is asked for and is impossible, or
    answers otherwise.
    """
    plain = PlainEngine(served.estimator, served.signature)
    known = served.sha256
    identity = Identity(known, served.signature, served.sample, served.methods) if cache and known else None
    native = native_engine(plain, served, cache, identity)
    if asked == "native":
        return native
    anyway = asked == "onnx"
    decision = decide(Conversion(plain, native.engine, served.sample, served.methods, anyway), cache, identity)
    kept = decision.kept
    if decision.engine is not None:
        info = EngineInfo(EngineKind.ONNX, kept.reason, kept.rows, kept.difference, kept.speedup)
        return Chosen(decision.engine, info)
    if anyway:
        raise EngineUnavailable(kept.reason[:1].lower() + kept.reason[1:].rstrip("."))
    return Chosen(native.engine, replace(native.info, reason=f"{native.info.reason} {kept.reason}"))
