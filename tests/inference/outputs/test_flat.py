"""Outputs of several targets and of any number of labels, as columns of a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.multioutput import MultiOutputClassifier

from inference.outputs.flat import FlatColumn, flat_columns, flatten
from inference.outputs.output import ScalarKind
from inference.scoring import scoring

if TYPE_CHECKING:
    from inference.model import LoadedModel

    Load = Callable[..., LoadedModel]


def test_each_target_has_columns_of_its_own(load: Load, rows: pd.DataFrame) -> None:
    targets = np.column_stack([np.where(rows["a"] > 0, "red", "green"), np.where(rows["b"] > 0, "big", "small")])
    model = load(
        MultiOutputClassifier(LogisticRegression()).fit(rows, targets), card="outputs: [{name: colour}, {name: size}]"
    )
    with scoring(model) as scorer:
        names = [column.name for column in scorer.columns]
    assert names[:4] == ["colour.label", "colour.probability", "colour.probabilities.green", "colour.probabilities.red"]
    assert names[4:] == ["size.label", "size.probability", "size.probabilities.big", "size.probabilities.small"]


def test_labels_are_a_truth_value_for_each(load: Load, rows: pd.DataFrame) -> None:
    flags = (rows[["a", "b"]] > 0).astype(int).to_numpy()
    model = load(MultiOutputClassifier(LogisticRegression()).fit(rows, flags), card="outputs: [{name: a}, {name: b}]")
    output = model.outputs["labels"]
    assert flat_columns(output, 2) == [
        FlatColumn("labels.a", ScalarKind.BOOLEAN),
        FlatColumn("labels.b", ScalarKind.BOOLEAN),
    ]
    assert flatten(output, 2, [["b"], [], None]) == [[False, False, None], [True, False, None]]
    with scoring(model) as scorer:
        names = [column.name for column in scorer.columns]
    assert names == ["labels.a", "labels.b", "probabilities.a", "probabilities.b"]
