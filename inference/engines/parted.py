"""Rows of which an engine may answer some only: they are asked apart, and their answers put in order again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from inference.engines.engine import Columns
from inference.outputs.answers import Answers

Ask = Callable[[Columns, int], Answers | None]
"""Answers so many rows; None where that cannot be."""


def parted(columns: Columns, inside: NDArray[np.bool_], ask: Ask, ask_others: Ask) -> Answers | None:
    """Answer the rows that are `inside` by `ask`, and all others by `ask_others`.

    None where all are on one side, or one of them does not answer. Raises what they raise.
    """
    places = np.flatnonzero(inside).tolist(), np.flatnonzero(~inside).tolist()
    if not all(map(len, places)):
        return None
    answers = []
    for asked, some in zip((ask, ask_others), places, strict=True):
        answered = asked([[column[place] for place in some] for column in columns], len(some))
        if answered is None:
            return None
        answers.append(answered)
    together = Answers.joined(answers)
    order = np.argsort([*places[0], *places[1]])
    return Answers({method: array[order] for method, array in together.arrays.items()})
