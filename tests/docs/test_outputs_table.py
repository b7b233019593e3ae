"""The table of outputs in docs/schema.md has every output that there is."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import BayesianRidge, LogisticRegression

from schema.names import field_name
from tests.conftest import ModelsFolder

PAGE = Path(__file__).parents[2] / "docs" / "schema.md"
RICH = {
    "classification": LogisticRegression(),
    "regression": BayesianRidge(),
    "clustering": KMeans(2, n_init=1, random_state=0),
    "outlier detection": IsolationForest(n_estimators=5, random_state=0),
    "transformation": PCA(2),
}
"""By task, an estimator that can give every output of it."""


def documented() -> dict[str, set[str]]:
    section = PAGE.read_text(encoding="utf-8").split("\n## Outputs\n")[1].split("\n## ")[0]
    rows: dict[str, set[str]] = {}
    for task, output in re.findall(r"^\| ([a-z ]+) \| `(\w+)[^`]*` \|", section, re.MULTILINE):
        rows.setdefault(task, set()).add(output)
    return rows


def test_every_task_is_in_the_table() -> None:
    assert documented().keys() == RICH.keys()


@pytest.mark.parametrize("task", RICH)
def test_the_outputs_of_a_task_are_those_in_the_table(models_folder: ModelsFolder, task: str) -> None:
    estimator: BaseEstimator = RICH[task]
    numbers = np.random.default_rng(0).normal(size=(40, 3))
    target = numbers[:, 0] if task == "regression" else numbers[:, 0] > 0
    models_folder.add("rich", estimator.fit(numbers, target))
    (model,) = models_folder.load().loaded
    assert model.serving.task.replace("_", " ") == task
    assert {field_name(output.name) for output in model.serving.outputs} == documented()[task]
