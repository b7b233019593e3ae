"""Rows of one call answered by two engines: what one of them was not proved on must not slow the others down."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from inference.engines.engine import Columns, Engine
from inference.outputs.answers import Answers


def ask_apart(
    inside: NDArray[np.bool_], columns: Columns, methods: Collection[str], own: Engine, other: Engine
) -> Answers:
    """Let `own` answer the rows that are `inside`, one truth value per row, and `other` the rest; all in their order.

    Raises what the engines raise.
    """
    order = np.concatenate([np.flatnonzero(inside), np.flatnonzero(~inside)])
    split = int(inside.sum())
    parts = (own, order[:split]), (other, order[split:])
    answered = [engine.ask(_taken(columns, rows), len(rows), methods) for engine, rows in parts if len(rows)]
    places = np.argsort(order)
    return Answers({method: array[places] for method, array in Answers.joined(answered).arrays.items()})


def _taken(columns: Columns, rows: NDArray[np.intp]) -> Columns:
    places = rows.tolist()
    return [[column[place] for place in places] for column in columns]
