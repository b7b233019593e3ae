"""Pipelines walked once for all methods, and columns handed to the steps that take them without a frame."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from inference.engines.lean.form import Form
from inference.engines.lean.rows import Rows
from inference.outputs.answers import TRANSFORM


class Chain:
    """Steps that transform, and a last one that answers."""

    def __init__(self, steps: Sequence[Form], last: Form) -> None:
        self._steps = steps
        self._last = last
        self.takes_columns = (*steps, last)[0].takes_columns

    def answers(self, rows: Any, methods: Collection[str]) -> Mapping[str, Any]:
        """Transform once, and answer by all methods of the last step."""
        for step in self._steps:
            rows = step.answers(rows, (TRANSFORM,))[TRANSFORM]
        return self._last.answers(rows, methods)


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
        return self.form.answers(given[:, 0] if self.flat else given, (TRANSFORM,))[TRANSFORM]


class PickedColumns:
    """Transformers side by side, each with columns of its own."""

    takes_columns = True

    def __init__(self, parts: Sequence[Part], *, is_sparse: bool) -> None:
        self._parts = parts
        self._is_sparse = is_sparse

    def answers(self, rows: Rows, methods: Collection[str]) -> Mapping[str, Any]:
        """Put the transformers' answers beside each other. `transform` is the only method there is."""
        made = [part.transform(rows) for part in self._parts]
        if self._is_sparse:
            together = sparse.hstack([sparse.csr_array(one) if isinstance(one, np.ndarray) else one for one in made])
            return dict.fromkeys(methods, together.tocsr())
        return dict.fromkeys(methods, np.hstack([one.toarray() if sparse.issparse(one) else one for one in made]))
