"""The estimator itself: called leanly where that was proved and is not slower, else plainly."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from inference.cost import timed
from inference.engines.cache import Cache, Said
from inference.engines.domain import Domain
from inference.engines.engine import Engine
from inference.engines.identity import Identity
from inference.engines.lean.engine import LeanEngine, lean_engine, reopened
from inference.engines.lean.form import NotLean
from inference.engines.lean.rows import RowLayout
from inference.engines.plain import PlainEngine
from inference.engines.probes import example_rows, make_probes
from inference.engines.thresholds import thresholds_of
from inference.engines.timing import Faster, compared, mean
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


def native_engine(plain: PlainEngine, served: Served, cache: Cache | None, identity: Identity | None) -> Chosen:
    """Return the leanest engine that answers the plain call's bits and is not slower, from the cache or by a proof.

    Raises nothing: a model can always be called plainly. Without an identity nothing is kept.
    """
    key = identity.key("native") if cache and identity else ""
    found = cache.find(key) if cache and key else None
    if found:
        try:
            return _reopened(plain, found[0])
        except Exception as error:  # noqa: BLE001  # whatever an estimator does that answered when this was kept
            logger.warning("A kept proof cannot be used, and is made anew: %s", error)
    try:
        chosen = _compared(plain, served)
    except Exception as error:
        # Whatever an estimator or a sample does to a comparison, the model can be called.
        logger.exception("%s is called plainly", type(served.estimator).__name__)
        return Chosen(plain, _info(0, 1.0, f"Comparing it with leaner calls raised {type(error).__name__}."))
    if cache and key:
        cache.keep(key, _said(chosen))
    return chosen


def _said(chosen: Chosen) -> Said:
    """Return what is to be kept of a choice."""
    engine, info = chosen.engine, chosen.info
    said: Said = {"reason": info.reason, "rows": info.rows_probed, "speedup": info.speedup, "way": None}
    if not isinstance(engine, LeanEngine):
        return said
    domain = None if engine.domain is None else (engine.domain.least, engine.domain.greatest)
    return {**said, "way": engine.way, "domain": domain, "methods": sorted(engine.methods)}


def _reopened(plain: PlainEngine, said: Said) -> Chosen:
    """Return what was kept. Raises anything where it cannot be had."""
    info = _info(int(said["rows"]), float(said["speedup"]), str(said["reason"]))
    if said["way"] is None:
        return Chosen(plain, info)
    domain = None if said["domain"] is None else Domain(*said["domain"])
    return Chosen(reopened(plain, said["way"], frozenset(said["methods"]), domain), info)


def _info(rows: int, speedup: float, reason: str) -> EngineInfo:
    return EngineInfo(EngineKind.NATIVE, reason, rows, 0.0, speedup)


def _compared(plain: PlainEngine, served: Served) -> Chosen:
    if timed(lambda: plain.ask(example_rows(served.signature, 1).columns, 1, served.methods)) > _LONG_SECONDS:
        return Chosen(plain, _info(0, 1.0, "One row takes it so long that nothing around it is worth saving."))
    return _lean(plain, served)


def _lean(plain: PlainEngine, served: Served) -> Chosen:
    try:
        RowLayout(served.signature, takes_columns=False)
    except NotLean as error:
        return Chosen(plain, _info(0, 1.0, f"It is called plainly, as {error}."))
    probes = make_probes(served.signature, served.sample, LEAN_PROBES, thresholds_of(served.estimator))
    engine = lean_engine(plain, served.methods, probes)
    if engine is plain:
        return Chosen(plain, _info(0, 1.0, "No leaner call of it answers the same bits."))
    faster = {rows: _faster(plain, engine, served, rows) for rows in (1, 100)}
    for rows, found in faster.items():
        # Seen in both ways and once more: on a busy machine a few rounds may all be disturbed.
        if _is_slower(found) and _is_slower(again := _faster(plain, engine, served, rows)):
            why = f"Its lean call answers the same bits, but takes {1 / again.usual:.2f} times as long for {rows} rows."
            return Chosen(plain, _info(0, 1.0, why.replace(" 1 rows", " 1 row")))
    usual = mean([found.usual for found in faster.values()])
    return Chosen(engine, _info(probes.count, usual, "Its lean call answers the same bits."))


def _is_slower(found: Faster) -> bool:
    return max(found) < NOT_SLOWER


def _faster(slow: Engine, fast: Engine, served: Served, rows: int) -> Faster:
    columns = example_rows(served.signature, rows).columns
    return compared(lambda: slow.ask(columns, rows, served.methods), lambda: fast.ask(columns, rows, served.methods))
