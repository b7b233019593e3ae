"""Answers by a graph where that was proved, and natively everywhere else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from inference.engines.domain import Domain
from inference.engines.engine import Columns, Engine
from inference.engines.onnx.feeds import Feeds
from inference.engines.onnx.graph import GraphOutput, run
from inference.engines.parted import parted
from inference.outputs.answers import Answers

Arrays: TypeAlias = dict[str, NDArray[Any]]
"""What was answered, by method."""


@dataclass(frozen=True, slots=True, eq=False)
class OnnxEngine:
    """A graph beside the native engine: rows outside the proof and methods without an output are the latter's."""

    native: Engine
    session: Any
    feeds: Feeds
    outputs: Mapping[str, GraphOutput]
    domain: Domain | None
    most_rows: int | None = None
    """More rows than these are answered natively: that is faster then."""

    def ask(self, columns: Columns, count: int, methods: Collection[str]) -> Answers:
        """Answer `count` rows by these methods. Raises what the estimator raises."""
        given = {method: self.outputs[method] for method in methods if method in self.outputs}
        if not given or (self.most_rows is not None and count > self.most_rows):
            return self.native.ask(columns, count, methods)
        try:
            arrays = self.answer(columns, count, given) or self._in_two(columns, count, given)
        except Exception:  # noqa: BLE001  # whether the rows or the graph are to blame, the native engine says
            arrays = None
        if arrays is None:
            return self.native.ask(columns, count, methods)
        others = {*methods} - arrays.keys()
        if others:
            arrays |= self.native.ask(columns, count, others).arrays
        return Answers(arrays)

    def _in_two(self, columns: Columns, count: int, outputs: Mapping[str, GraphOutput]) -> Arrays | None:
        """Answer rows of which the graph may be given some; else None. Raises what either engine raises."""
        if count == 1:
            return None  # as often, and there is nothing to part
        inside = np.zeros(count, dtype=np.bool_)
        inside[self.feeds.complete(columns)] = True
        numbers = self.feeds.numbers(columns)
        if self.domain is not None and numbers is not None:
            inside &= self.domain.inside(numbers)
        answers = parted(
            columns,
            inside,
            lambda some, count: _answers(self.answer(some, count, outputs)),
            lambda some, count: self.native.ask(some, count, outputs.keys()),
        )
        return dict(answers.arrays) if answers else None

    def answer(self, columns: Columns, count: int, outputs: Mapping[str, GraphOutput]) -> Arrays | None:
        """Answer by the graph; None for rows that it is not to be given. Raises what ONNX Runtime raises."""
        numbers = self.feeds.numbers(columns)
        if self.domain is not None and numbers is not None and not self.domain.holds(numbers):
            return None
        fed = self.feeds.of(columns, numbers)
        if fed is None:
            return None
        found = run(self.session, [*{output.name: None for output in outputs.values()}], fed)
        answers: Arrays = {}
        for method, output in outputs.items():
            array = found[output.name]
            answer = output.answer(array, count)
            undecided = output.undecided(array)
            if undecided is not None and len(undecided):
                # The greatest of the estimator's own numbers may be another one.
                some = [[column[row] for row in undecided.tolist()] for column in columns]
                answer[undecided] = self.native.ask(some, len(undecided), (method,))[method]
            answers[method] = answer
        return answers


def _answers(arrays: Arrays | None) -> Answers | None:
    return Answers(arrays) if arrays else None
