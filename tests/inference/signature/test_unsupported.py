"""Models that were trained on sparse matrices, or on arrays of three dimensions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.feature_extraction.image import PatchExtractor
from sklearn.linear_model import SGDClassifier
from sklearn.svm import SVC

from inference.errors import LoadFailed
from inference.signature.layout import MOST_NUMBERS

if TYPE_CHECKING:
    from tests.inference.conftest import Ask, Load

TARGET = np.array(["no", "yes"] * 10)


def matrix(width: int) -> Any:
    """Return a sparse matrix, a row for each target."""
    return sparse.random_array((len(TARGET), width), density=0.2, format="csr", rng=np.random.default_rng(0))


@pytest.mark.parametrize("estimator", [SGDClassifier(random_state=0), SVC()])
def test_a_model_that_was_trained_on_a_sparse_matrix_takes_dense_rows(load: Load, ask: Ask, estimator: Any) -> None:
    rows = matrix(12)
    fitted = estimator.fit(rows, TARGET)
    (feature,) = load(fitted).signature.features
    assert feature.length == 12
    assert [*ask(rows.toarray(), "raw_label").columns.values()] == [fitted.predict(rows).tolist()]


def test_of_a_sparse_matrix_with_too_many_columns_it_is_said_what_to_serve_instead(load: Load) -> None:
    fitted = SGDClassifier().fit(sparse.csr_array((len(TARGET), MOST_NUMBERS + 1)), TARGET)
    with pytest.raises(LoadFailed, match=r"fitted on 65537 columns, and at most 65536 .* begins with what made it"):
        load(fitted)


class Series(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A person's own model of time series: rows, times and channels."""

    def __sklearn_tags__(self) -> Any:
        """Say what it takes."""
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array, tags.input_tags.two_d_array = True, False
        return tags

    def fit(self, rows: Any) -> Series:
        """Learn nothing."""
        self.shape_ = rows.shape
        return self

    def predict(self, rows: Any) -> Any:
        """Return the mean of each series."""
        return rows.mean(axis=(1, 2))


@pytest.mark.parametrize(
    ("estimator", "said"),
    [
        (Series(), "its Series takes arrays of three dimensions, and a row of features is one list of numbers"),
        (PatchExtractor(), "its PatchExtractor takes whole images, and answers several patches for each"),
    ],
)
def test_a_model_of_arrays_of_three_dimensions_is_refused_by_name(load: Load, estimator: Any, said: str) -> None:
    with pytest.raises(LoadFailed, match=said):
        load(estimator.fit(np.zeros((4, 3, 2))))
