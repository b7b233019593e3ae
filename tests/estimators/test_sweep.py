"""Every estimator of scikit-learn is served as it is, or refused because it cannot answer for new rows."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from sklearn.utils import all_estimators

from tests.estimators.page import PAGE, with_tables
from tests.estimators.specimen import Specimen
from tests.estimators.specimens import specimens
from tests.estimators.sweep import Result

ALL = specimens()

NO_NEW_ROWS = {
    "AgglomerativeClustering", "ClassicalMDS", "DBSCAN", "HDBSCAN", "LocalOutlierFactor", "MDS", "OPTICS",
    "SpectralBiclustering", "SpectralClustering", "SpectralCoclustering", "SpectralEmbedding", "TSNE",
}  # fmt: skip
"""They describe the rows that they were fitted on, and have no method for others."""
NO_ROWS = {"PatchExtractor"}
"""What it takes are no rows of features, but images."""


def test_every_estimator_of_scikit_learn_is_tried() -> None:
    tried = {type(specimen.estimator).__name__ for specimen in ALL}
    assert tried == {name for name, _ in all_estimators()}


def test_only_those_are_refused_that_cannot_answer_for_new_rows(results: Mapping[str, Result]) -> None:
    refused = {name for name, result in results.items() if result.refusal}
    assert refused == NO_NEW_ROWS | NO_ROWS


@pytest.mark.parametrize("specimen", ALL, ids=lambda specimen: specimen.name)
def test_an_estimator_served_answers_what_it_answers_when_it_is_called(
    results: Mapping[str, Result], specimen: Specimen
) -> None:
    result = results[specimen.name]
    for got, expected in result.answers.values():
        assert got == expected
    assert bool(result.answers) == (result.refusal is None)


def test_every_method_of_an_estimator_is_served(results: Mapping[str, Result]) -> None:
    assert {name: set(result.unused) for name, result in results.items() if result.unused} == {}


def test_the_page_of_estimators_says_what_the_sweep_found(results: Mapping[str, Result]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_tables(page, results) == page, "write it anew: python -m tests.estimators.page"
