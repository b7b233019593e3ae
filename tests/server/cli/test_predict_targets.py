"""`predictql predict` for models that answer more than one thing of a kind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from sklearn.tree import DecisionTreeClassifier

from server.cli import run

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder


def test_several_targets_have_columns_each_and_each_of_any_number_of_labels_has_one(
    models_folder: ModelsFolder, tmp_path: Path
) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [0.0, 1.0, 0.0, 1.0]})
    kinds, labels = [["x", "1"], ["y", "2"], ["x", "3"], ["y", "1"]], [[1, 0], [0, 0], [1, 1], [1, 1]]
    models_folder.add("kinds", DecisionTreeClassifier().fit(frame, kinds), sample=frame)
    models_folder.add("labels", DecisionTreeClassifier().fit(frame, labels), sample=frame)
    frame.to_csv(tmp_path / "rows.csv", index=False)
    target = tmp_path / "out.csv"
    command = ["predict", str(models_folder.path), "kinds", str(tmp_path / "rows.csv"), "-o", str(target)]
    assert run([*command, "--outputs", "rawLabel"]) == 0
    assert pd.read_csv(target, dtype=str).to_numpy().tolist() == kinds
    assert run([*command[:2], "labels", *command[3:], "--outputs", "labels"]) == 0
    assert pd.read_csv(target).astype(int).to_numpy().tolist() == labels
