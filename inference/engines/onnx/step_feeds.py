"""A graph of a pipeline's last step alone, fed with what the lean forms of the steps before it make of the rows.

Those are quick already, know missing words, and compute with 64 bits. What is worth a graph, as a forest, is the last.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context

from inference.engines.engine import Columns
from inference.engines.lean.form import Form, NotLean
from inference.engines.lean.rows import Numbers, RowLayout
from inference.engines.onnx.feeds import ALL, Input
from inference.engines.thresholds import all_trees_of
from inference.signature.feature import Signature


class StepFeeds:
    """Feeds the graph of a last step. Raises NotLean where the steps before it make no dense matrix of numbers."""

    def __init__(self, before: Form, last: Any, signature: Signature, *, wide: bool) -> None:
        self.converted = last
        self.wide = wide
        self._before = before
        self._layout = RowLayout(signature, takes_columns=before.takes_columns)
        self._dtype = np.float64 if wide else np.float32
        self._gaps = not all_trees_of(last)  # as for a whole estimator
        example = [[value] for value in signature.example_row]
        self.inputs = (Input(ALL, is_text=False, width=self._matrix(example, self.numbers(example)).shape[1]),)

    def numbers(self, columns: Columns) -> Numbers:
        """Return the numeric features alone, a row each."""
        return self._layout.numbers(columns)

    def of(self, columns: Columns, numbers: Numbers) -> dict[str, Any] | None:
        """Return the inputs by name; None where the graph must not be given some row."""
        matrix = self._matrix(columns, numbers)
        if not self._gaps and np.isnan(matrix).any():
            return None
        return {ALL: np.ascontiguousarray(matrix, dtype=self._dtype)}

    def complete(self, columns: Columns) -> list[int]:
        """Return the rows that the graph may be given."""
        if self._gaps:
            return [*range(len(columns[0]))]
        matrix = self._matrix(columns, self.numbers(columns))
        whole: list[int] = np.flatnonzero(~np.isnan(matrix).any(axis=1)).tolist()
        return whole

    def _matrix(self, columns: Columns, numbers: Numbers) -> NDArray[Any]:
        rows = self._layout.rows(columns, numbers)
        if self._before.calls:
            with config_context(assume_finite=True, skip_parameter_validation=True):
                made = self._before.transform(rows)
        else:
            made = self._before.transform(rows)
        if not isinstance(made, np.ndarray) or made.ndim != 2 or made.dtype.kind not in "fiub":  # noqa: PLR2004  # a matrix
            raise NotLean("the steps before the last one make no dense matrix of numbers")
        return made
