"""What only calls can tell is found with few of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from inference.card import FeatureType
from inference.signature.feature import Container, Feature, Signature
from inference.signature.probe import finite_rows, probe

WHERE = Path("model.joblib")


class Picky:
    """Refuses missing values in some columns, has no answer for them in others, and refuses words it does not know."""

    def __init__(self, refused: frozenset[int], unanswered: frozenset[int], *, alone: bool = True) -> None:
        self.refused = refused
        self.unanswered = unanswered
        self.alone = alone
        self.calls = 0

    def predict(self, frame: pd.DataFrame) -> Any:
        """Answer 1.0 for each row."""
        self.calls += 1
        missing = frame.isna().to_numpy()
        if missing[:, sorted(self.refused)].any() or (not self.alone and len(frame) == 1 and missing.any()):
            raise ValueError("a value is missing")
        if any((frame[name] == "unseen").any() for position, name in enumerate(frame) if position in self.refused):
            raise ValueError("a word is unknown")
        return np.where(missing[:, sorted(self.unanswered)].any(axis=1), np.nan, 1.0)


def signature(count: int, kind: FeatureType = FeatureType.FLOAT) -> Signature:
    words = kind is FeatureType.CATEGORY
    return Signature(
        tuple(
            Feature(f"f{number}", kind, categories=("a", "b") if words else (), example="a" if words else 0.5)
            for number in range(count)
        ),
        Container.FRAME,
    )


def nullable(found: Signature) -> set[int]:
    return {position for position, feature in enumerate(found.features) if feature.nullable}


POSITIONS = st.frozensets(st.integers(0, 29))


@settings(max_examples=30)
@given(POSITIONS, POSITIONS)
def test_exactly_the_features_that_may_be_missing_are_nullable(refused: frozenset[int], silent: frozenset[int]) -> None:
    found = probe(Picky(refused, silent), signature(30), WHERE, "mend")
    assert nullable(found) == set(range(30)) - refused - silent


@settings(max_examples=20)
@given(POSITIONS)
def test_exactly_the_features_that_take_any_word_are_open(refused: frozenset[int]) -> None:
    found = probe(Picky(refused, frozenset()), signature(30, FeatureType.CATEGORY), WHERE, "mend")
    assert {position for position, feature in enumerate(found.features) if not feature.open} == refused
    assert nullable(found) == set(range(30)) - refused


def test_a_model_that_takes_missing_values_everywhere_is_called_three_times() -> None:
    model = Picky(frozenset(), frozenset())
    assert nullable(probe(model, signature(100), WHERE, "mend")) == set(range(100))
    assert model.calls == 3, "the example, one row for each missing value, and one where all are missing"


def test_a_wide_model_that_refuses_all_missing_values_is_not_tried_feature_by_feature() -> None:
    model = Picky(frozenset(range(1000)), frozenset())
    assert nullable(probe(model, signature(1000), WHERE, "mend")) == set()
    assert model.calls < 80


def test_features_that_are_treated_alike_are_given_up_together_and_others_are_not() -> None:
    model = Picky(frozenset(range(500)), frozenset())
    alike = ["refused" if position < 500 else "accepted" for position in range(600)]
    assert nullable(probe(model, signature(600), WHERE, "mend", alike)) == set(range(500, 600))


def test_a_model_that_accepts_missing_values_only_among_other_rows_is_tried_row_by_row() -> None:
    assert nullable(probe(Picky(frozenset(), frozenset(), alone=False), signature(5), WHERE, "mend")) == set()


@pytest.mark.parametrize(
    ("estimator", "expected"),
    [
        (LogisticRegression(), set()),
        (make_pipeline(StandardScaler(), LogisticRegression()), set()),
        (make_pipeline(SimpleImputer(), LogisticRegression()), {0, 1, 2}),
        (HistGradientBoostingClassifier(max_iter=2), {0, 1, 2}),
        (StandardScaler(), set()),
        (SimpleImputer(), {0, 1, 2}),
        (make_column_transformer((SimpleImputer(), ["f1"]), ("passthrough", ["f0"])), {1, 2}),
    ],
)
def test_real_models_are_nullable_where_they_handle_missing_values(estimator: Any, expected: set[int]) -> None:
    frame = pd.DataFrame(np.random.default_rng(3).random((20, 3)), columns=["f0", "f1", "f2"])
    found = probe(estimator.fit(frame, [0, 1] * 10), signature(3), WHERE, "mend")
    assert nullable(found) == expected


@pytest.mark.parametrize(
    ("answer", "finite"),
    [
        (np.array([1.0, np.nan]), [True, False]),
        (np.array([[1.0, 2.0], [np.inf, 0.0]]), [True, False]),
        (np.array([1, 2]), [True, True]),
        (np.array(["a", None], dtype=object), [True, False]),
        (np.array([b"a", b"b"]), [True, True]),
        (sparse.csr_matrix([[1.0, 0.0], [np.nan, 0.0]]), [True, False]),
        (pd.DataFrame({"a": [1.0, np.nan], "b": ["x", "y"]}), [True, False]),
        ([1.0, 2.0], [True, True]),
        (np.array([1.0]), [False, False]),
        (np.float64(1.0), [False, False]),
        (np.empty((2, 0)), [True, True]),
    ],
)
def test_an_answer_is_finite_where_nothing_in_its_row_is_missing_or_infinite(answer: Any, finite: list[bool]) -> None:
    assert finite_rows(answer, 2) == finite
