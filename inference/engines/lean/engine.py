"""The estimator called leanly, where that was proved to answer the same bits, and plainly everywhere else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context

from inference.engines.domain import Domain
from inference.engines.engine import Columns, Engine
from inference.engines.lean.form import Called, Form, NotLean
from inference.engines.lean.forms import form_of
from inference.engines.lean.names import without_names
from inference.engines.lean.rows import RowLayout
from inference.engines.plain import PlainEngine
from inference.engines.probes import Probes
from inference.engines.proof import Unequal, check_same
from inference.outputs.answers import CLASS_PLACES, PREDICT, Answers, checked

logger = logging.getLogger(__name__)

_ALONE: Final = 8
"""So many rows are proved in calls of one row."""
_FEW: Final = 100
_MANY_ROWS: Final = 2048
"""From here on an estimator that was given threads of its own may use them."""


@dataclass(frozen=True, slots=True, eq=False)
class LeanEngine:
    """Answers what lies in its domain by its form, and all else, or where that raises, by the plain call."""

    plain: PlainEngine
    way: str
    """By which of _WAYS the form was made."""
    form: Form
    layout: RowLayout
    domain: Domain | None
    """None where there are no numbers."""
    methods: frozenset[str]
    """Those that were proved."""
    most_rows: int | None
    always_inside: bool
    """No row that the signature allows lies outside the domain."""

    def ask(self, columns: Columns, count: int, methods: Collection[str]) -> Answers:
        """Answer `count` rows by these methods. Raises what the estimator raises."""
        wanted = methods if isinstance(methods, frozenset) else frozenset(methods)
        if not wanted <= self.methods:
            return self._in_part(columns, count, wanted)
        if self.most_rows is not None and count > self.most_rows:
            return self.plain.ask(columns, count, methods)
        try:
            answers = self.answer(columns, count, wanted)
        except Exception:  # noqa: BLE001  # whether the rows or the form are to blame, the plain call says
            answers = None
        return answers or self.plain.ask(columns, count, methods)

    def answer(self, columns: Columns, count: int, methods: Collection[str]) -> Answers | None:
        """Answer rows by the form; None for rows outside the domain. Raises whatever the form raises."""
        numbers = self.layout.numbers(columns)
        if not (self.always_inside or self.domain is None or numbers is None or self.domain.holds(numbers)):
            return None
        rows = self.layout.rows(columns, numbers)
        if self.form.calls:
            # Rows are checked before they enter a batch, parameters were checked when the estimator was fitted.
            with config_context(assume_finite=True, skip_parameter_validation=True):
                results = self.form.answers(rows, methods)
        else:
            results = self.form.answers(rows, methods)
        arrays = {method: _entries(method, results[method], count) for method in methods}
        return Answers(arrays, class_places=results.get(CLASS_PLACES))

    def _in_part(self, columns: Columns, count: int, wanted: frozenset[str]) -> Answers:
        proved = wanted & self.methods
        others = self.plain.ask(columns, count, wanted - proved)
        return Answers({**others.arrays, **self.ask(columns, count, proved).arrays}) if proved else others


def _entries(method: str, result: Any, count: int) -> NDArray[Any]:
    """Return what a form answered as an array of so many entries; nearly always it is one. Raises ValueError."""
    if type(result) is np.ndarray and result.shape[:1] == (count,):
        return result
    return checked(method, result, count)


_WAYS: Final[Mapping[str, Callable[[Any], Form]]] = {
    "forms": form_of,
    "called": lambda estimator: Called(without_names(estimator)),
}
"""How a form may be made, the leanest first."""


def lean_engine(plain: PlainEngine, methods: Collection[str], probes: Probes) -> Engine:
    """Return the leanest engine that answers the probes as the plain one does, bit by bit; else the plain one."""
    for way in _WAYS:
        try:
            engine = reopened(plain, way, frozenset(methods), None)
            numbers = engine.layout.numbers(probes.columns)
            engine = _within(engine, None if numbers is None else Domain.of(numbers))
            _prove(engine, probes)
        except NotLean as error:
            logger.debug("%s: not lean: %s", type(plain.estimator).__name__, error)
        except Exception as error:  # noqa: BLE001  # an estimator may raise anything; then it is called plainly
            logger.debug("%s: not lean: %s: %s", type(plain.estimator).__name__, type(error).__name__, error)
        else:
            return engine
    return plain


def reopened(plain: PlainEngine, way: str, methods: frozenset[str], domain: Domain | None) -> LeanEngine:
    """Return an engine that was proved before. Raises NotLean or KeyError where there is no such way."""
    form = _WAYS[way](plain.estimator)
    layout = RowLayout(plain.signature, takes_columns=form.takes_columns)
    threads = getattr(plain.estimator, "n_jobs", None) not in {None, 1}
    engine = LeanEngine(plain, way, form, layout, None, methods, _MANY_ROWS if threads else None, always_inside=False)
    return _within(engine, domain)


def _within(engine: LeanEngine, domain: Domain | None) -> LeanEngine:
    always_inside = domain is not None and domain.keeps(engine.plain.signature.features)
    return replace(engine, domain=domain, always_inside=always_inside)


def _prove(engine: LeanEngine, probes: Probes) -> None:
    """Compare with the plain engine in calls of one row, of some and of all. Raises Unequal."""
    for part in _calls(probes):
        answered = engine.answer(part.columns, part.count, engine.methods)
        if answered is None:
            raise Unequal("its own probes lie outside its domain")
        check_same(engine.plain.ask(part.columns, part.count, engine.methods), answered)
        if answered.class_places is not None and PREDICT in engine.methods:
            labels = engine.plain.estimator.classes_.take(answered.class_places)
            check_same(Answers({PREDICT: answered[PREDICT]}), Answers({PREDICT: labels}))


def _calls(probes: Probes) -> Iterator[Probes]:
    for place in range(min(_ALONE, probes.count)):
        yield probes.take(place, place + 1)
    yield probes.take(0, _FEW)
    yield probes
