"""Pipelines walked once for all methods, and columns handed to the steps that take them without a frame."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import sparse

from inference.engines.lean.form import Form, NotLean, Transforming
from inference.engines.lean.rows import Rows


class Chain:
    """Steps that transform, and a last one that answers."""

    def __init__(self, steps: Sequence[Form], last: Form) -> None:
        every = (*steps, last)
        for before, after in pairwise(every):
            if after.takes_columns and not before.gives_columns:
                raise NotLean("a step that takes columns stands behind one that gives none")
        self._steps = [
            (step, step.gives_columns and not after.takes_columns) for step, after in zip(steps, every[1:], strict=True)
        ]
        self._last = last
        self.takes_columns = every[0].takes_columns
        self.gives_columns = last.gives_columns
        self.calls = any(step.calls for step in every)

    def answers(self, rows: Any, methods: Collection[str]) -> Mapping[str, Any]:
        """Transform once, and answer by all methods of the last step."""
        return self._last.answers(self._transformed(rows), methods)

    def transform(self, rows: Any) -> Any:
        """Transform by each step in turn."""
        return self._last.transform(self._transformed(rows))

    def _transformed(self, rows: Any) -> Any:
        for step, is_last_of_columns in self._steps:
            rows = step.transform(rows)
            if is_last_of_columns:
                rows = rows.array()
        return rows


@dataclass(frozen=True, slots=True)
class Part:
    """What one transformer takes of the columns."""

    positions: Sequence[int]
    flat: bool
    """It takes one column as a list of values, not as a table of one column."""
    form: Form

    def transform(self, rows: Rows) -> Any:
        """Transform its columns."""
        taken = rows.select(self.positions)
        given: Any = taken if self.form.takes_columns else taken.array()
        made = self.form.transform(given[:, 0] if self.flat else given)
        return made.array() if self.form.gives_columns else made


class PickedColumns(Transforming):
    """Transformers side by side, each with columns of its own."""

    takes_columns = True

    def __init__(self, parts: Sequence[Part], *, is_sparse: bool) -> None:
        if any(part.flat and part.form.takes_columns for part in parts):
            raise NotLean("a transformer takes one column as a list")
        self._parts = parts
        self._is_sparse = is_sparse
        self.calls = any(part.form.calls for part in parts)

    def transform(self, rows: Rows) -> Any:
        """Put the transformers' answers beside each other."""
        made = [part.transform(rows) for part in self._parts]
        if self._is_sparse:
            together = sparse.hstack([sparse.csr_array(one) if isinstance(one, np.ndarray) else one for one in made])
            return together.tocsr()
        return np.hstack([one if isinstance(one, np.ndarray) else one.toarray() for one in made])
