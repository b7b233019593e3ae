"""The table of outputs in docs/schema.md has every output that there is."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.covariance import EmpiricalCovariance
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import BayesianRidge, LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import NearestNeighbors

from schema.names import field_name
from tests.conftest import ModelsFolder

PAGE = Path(__file__).parents[2] / "docs" / "schema.md"
RICH = {
    "classification": LogisticRegression(),
    "regression": BayesianRidge(),
    "outlier detection": IsolationForest(n_estimators=5, random_state=0),
}
"""By task, an estimator that can give every output of it."""
BESIDES = (PCA(2), EmpiricalCovariance(), NearestNeighbors())
"""Estimators that give nothing but what those of any task may give."""


def documented() -> dict[str, set[str]]:
    section = PAGE.read_text(encoding="utf-8").split("\n## Outputs\n")[1].split("\n## ")[0]
    rows: dict[str, set[str]] = {}
    for task, output in re.findall(r"^\| ([a-z ]+) \| `(\w+)[^`]*` \|", section, re.MULTILINE):
        rows.setdefault(task, set()).add(output)
    return rows


def test_every_task_is_in_the_table() -> None:
    assert documented().keys() == {*RICH, "clustering", "any", "any number of labels"}


def outputs_of(models_folder: ModelsFolder, name: str, estimator: BaseEstimator, task: str | None = None) -> set[str]:
    numbers = np.random.default_rng(0).normal(size=(40, 3))
    target = numbers[:, 0] if task == "regression" else numbers[:, 0] > 0
    models_folder.add(name, estimator.fit(numbers, target))
    model = models_folder.load().loaded[-1]
    assert task in {None, model.serving.task.replace("_", " ")}
    return {field_name(output.name) for output in model.serving.outputs}


@pytest.mark.parametrize("task", RICH)
def test_the_outputs_of_a_task_are_those_in_the_table(models_folder: ModelsFolder, task: str) -> None:
    assert outputs_of(models_folder, "rich", RICH[task], task) == documented()[task]


def test_a_classifier_with_any_number_of_labels_has_the_outputs_in_the_table(models_folder: ModelsFolder) -> None:
    numbers = np.random.default_rng(0).normal(size=(40, 3))
    models_folder.add("m", OneVsRestClassifier(LogisticRegression()).fit(numbers, (numbers > 0).astype(int)))
    (model,) = models_folder.load().loaded
    found = {field_name(output.name) for output in model.serving.outputs}
    assert found == {"probabilities", "probabilityVector", "decision"} | documented()["any number of labels"]


def test_no_clusterer_has_all_outputs_in_the_table_but_two_have(models_folder: ModelsFolder) -> None:
    found = outputs_of(models_folder, "a", KMeans(2, n_init=1, random_state=0), "clustering")
    found |= outputs_of(models_folder, "b", GaussianMixture(2, random_state=0), "clustering")
    assert found - documented()["any"] == documented()["clustering"]


def test_the_outputs_that_any_task_may_have_are_those_in_the_table(models_folder: ModelsFolder) -> None:
    found = [outputs_of(models_folder, f"m{place}", estimator) for place, estimator in enumerate(BESIDES)]
    assert set().union(*found) == documented()["any"]
