"""What a transformer answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import LabelBinarizer, LabelEncoder, MultiLabelBinarizer

from inference.errors import ArtifactError
from inference.outputs.answers import TRANSFORM, Answers
from inference.outputs.estimator_outputs import EstimatorOutputs, floats, members
from inference.outputs.output import FLOAT, STRING, Column, ListOf, Member, Numbers, Output, Record

MOST_NAMED_COLUMNS = 32
"""More columns than this make no object with one field per column."""

MOST_COLUMNS = 16_384
"""More columns than this are no answer: a call with some thousand rows would take gigabytes."""


def transformation_outputs(source: EstimatorOutputs) -> tuple[Output, ...]:
    """Return what a fitted transformer answers."""
    trial = _table(source.trial(TRANSFORM))
    width = trial.shape[1]
    if width > MOST_COLUMNS:
        why = f"its transform answers {width} numbers for a row, and at most {MOST_COLUMNS} can be served"
        raise ArtifactError(source.artifact, why, "Serve a pipeline in which TruncatedSVD, say, stands behind it")
    words = [isinstance(value, str) for value in trial[0].tolist()]
    names = _column_names(source, width)
    if any(words):
        named = members(source, names or [f"column_{place}" for place in range(width)], "columns")
        return (_transformed(named, words),)
    outputs = [_vector(width)]
    if names and width <= MOST_NAMED_COLUMNS:
        outputs.insert(0, _transformed(members(source, names, "columns"), words))
    return tuple(outputs)


def _transformed(named: Sequence[Member], words: Sequence[bool]) -> Output:
    typed = tuple(
        replace(member, type=STRING) if is_word else member for member, is_word in zip(named, words, strict=True)
    )
    return Output(
        name="transformed",
        type=Record("transformed", typed, "The row transformed, column by column."),
        methods=(TRANSFORM,),
        make=_mixed_rows(words) if any(words) else _rows,
        description="The row transformed, column by column.",
    )


def _vector(width: int) -> Output:
    return Output(
        name="vector",
        type=ListOf(FLOAT, width),
        methods=(TRANSFORM,),
        make=_rows,
        description=f"The row transformed, as {width} numbers.",
    )


def _rows(answers: Answers, _: Mapping[str, int]) -> Numbers:
    return floats(_table(answers[TRANSFORM]))


def _mixed_rows(words: Sequence[bool]) -> Callable[[Answers, Mapping[str, int]], Column]:
    kinds = [str if is_word else float for is_word in words]

    def column(answers: Answers, _: Mapping[str, int]) -> Column:
        rows = _table(answers[TRANSFORM]).tolist()
        return [[kind(value) for kind, value in zip(kinds, row, strict=True)] for row in rows]

    return column


def _table(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return a table; an isotonic regression, for one, answers a number for each row."""
    if array.ndim > 2:  # noqa: PLR2004  # rows and columns
        raise ValueError(f"transform answered {array.ndim - 1} dimensions for a row")
    return array.reshape(len(array), -1)


def _column_names(source: EstimatorOutputs, width: int) -> list[str]:
    if source.card.outputs:
        return [f"column_{i}" for i in range(width)]
    try:
        names = _label_columns(source.estimator, width)
        names = names or [str(name) for name in source.estimator.get_feature_names_out()]
    except (AttributeError, ValueError, NotImplementedError):
        return []  # not every transformer can name its columns
    return names if len(names) == width else []


def _label_columns(estimator: Any, width: int) -> list[str]:
    """Name the columns of an encoder of targets, which does not do so itself; none for any other estimator."""
    if isinstance(estimator, LabelEncoder):
        return ["code"]
    if isinstance(estimator, LabelBinarizer | MultiLabelBinarizer):
        return [str(label) for label in estimator.classes_[-width:]]  # of two labels, only the second has a column
    return []
