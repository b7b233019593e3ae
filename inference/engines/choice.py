"""Which engine answers for a model."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pandas as pd

from inference.cost import timed
from inference.engines.engine import Engine
from inference.engines.lean.engine import lean_engine
from inference.engines.lean.form import NotLean
from inference.engines.lean.rows import RowLayout
from inference.engines.onnx.choice import Conversion, decide
from inference.engines.options import EngineName
from inference.engines.plain import PlainEngine
from inference.engines.probes import Probes, make_probes
from inference.engines.thresholds import thresholds_of
from inference.engines.timing import mean, ratio
from inference.info import EngineInfo, EngineKind
from inference.signature.feature import Signature

logger = logging.getLogger(__name__)

LEAN_PROBES: Final = 256
"""On so many rows the lean call is compared with the plain one."""

NOT_SLOWER: Final = 0.95
"""A lean call is taken where the plain one takes at least so many times as long: less is noise where arithmetic is all
that there is to do."""

_LONG_SECONDS: Final = 1.0
"""Of a call that takes this long for one row, nothing that surrounds it is worth saving."""


class EngineUnavailable(Exception):
    """The engine that was asked for cannot answer for this model: why."""


@dataclass(frozen=True, slots=True)
class Served:
    """What an engine is to answer for."""

    estimator: Any
    signature: Signature
    sample: pd.DataFrame | None
    methods: Collection[str]
    """All that the model's outputs are made from."""
    sha256: str | None = None
    """Of the artifact; None where it does not stand for all of the estimator."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """An engine, and what can be said of it."""

    engine: Engine
    info: EngineInfo


def choose_engine(served: Served, asked: EngineName, cache: Path | None) -> Chosen:
    """Return the fastest engine that was shown to answer as the estimator does, or the one that is asked for.

    Raises EngineUnavailable where ONNX is asked for and is impossible, or answers otherwise.
    """
    plain = PlainEngine(served.estimator, served.signature)
    native = _native(plain, served)
    if asked == "native":
        return native
    anyway = asked == "onnx"
    conversion = Conversion(plain, native.engine, served.sample, served.methods, served.sha256, anyway)
    decision = decide(conversion, cache)
    kept = decision.kept
    if decision.engine is not None:
        info = EngineInfo(EngineKind.ONNX, kept.reason, kept.rows, kept.difference, kept.speedup)
        return Chosen(decision.engine, info)
    if anyway:
        raise EngineUnavailable(kept.reason[:1].lower() + kept.reason[1:].rstrip("."))
    return Chosen(native.engine, replace(native.info, reason=f"{native.info.reason} {kept.reason}"))


def example_rows(signature: Signature, count: int) -> Probes:
    """Return the example row so many times."""
    return Probes([[value] * count for value in signature.example_row], count)


def native_info(rows: int, speedup: float, reason: str) -> EngineInfo:
    """Describe the estimator itself, called leanly where it was compared on some rows."""
    return EngineInfo(EngineKind.NATIVE, reason, rows, 0.0, speedup)


def _native(plain: PlainEngine, served: Served) -> Chosen:
    if timed(lambda: plain.ask(example_rows(served.signature, 1).columns, 1, served.methods)) > _LONG_SECONDS:
        return Chosen(plain, native_info(0, 1.0, "One row takes it so long that nothing around it is worth saving."))
    try:
        return _lean(plain, served)
    except Exception as error:
        # Whatever an estimator or a sample does to a comparison, the model can be called.
        logger.exception("%s is called plainly", type(served.estimator).__name__)
        return Chosen(plain, native_info(0, 1.0, f"Comparing it with leaner calls raised {type(error).__name__}."))


def _lean(plain: PlainEngine, served: Served) -> Chosen:
    try:
        RowLayout(served.signature, takes_columns=False)
    except NotLean as error:
        return Chosen(plain, native_info(0, 1.0, f"It is called plainly, as {error}."))
    probes = make_probes(served.signature, served.sample, LEAN_PROBES, thresholds_of(served.estimator))
    engine = lean_engine(plain, served.methods, probes)
    if engine is plain:
        return Chosen(plain, native_info(0, 1.0, "No leaner call of it answers the same bits."))
    faster = {rows: _ratio(plain, engine, served, rows) for rows in (1, 100)}
    for rows, times in faster.items():
        if times < NOT_SLOWER:
            why = f"Its lean call answers the same bits, but takes {1 / times:.2f} times as long for {rows} rows."
            return Chosen(plain, native_info(0, 1.0, why.replace(" 1 rows", " 1 row")))
    return Chosen(engine, native_info(probes.count, mean([*faster.values()]), "Its lean call answers the same bits."))


def _ratio(slow: Engine, fast: Engine, served: Served, rows: int) -> float:
    columns = example_rows(served.signature, rows).columns
    return ratio(lambda: slow.ask(columns, rows, served.methods), lambda: fast.ask(columns, rows, served.methods))
