"""Cards and estimators that cannot be served are refused with the reason and the mend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.cluster import DBSCAN
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from inference.card import Card
from inference.errors import ArtifactError, CardError, ModelError
from inference.signature.feature import Container, Signature
from inference.signature.from_sample import read_sample
from inference.signature.infer import infer_signature

# Estimators warn of the values that they are tried with; whoever loads models silences them, once for all threads.
pytestmark = pytest.mark.filterwarnings("ignore")

WHERE = Path("models/some/model.joblib")
ROWS = 12
RNG = np.random.default_rng(7)
TARGET = [0, 1, 1, 0] * 3


def numbers_model(count: int) -> Any:
    return LogisticRegression().fit(RNG.random((ROWS, count)), TARGET)


def as_sample(folder: Path, frame: pd.DataFrame) -> pd.DataFrame:
    path = folder / "sample.csv"
    frame.to_csv(path, index=False)
    return read_sample(path)


def infer(estimator: Any, card: dict[str, Any] | None = None, sample: pd.DataFrame | None = None) -> Signature:
    return infer_signature(estimator, Card.model_validate(card or {}), sample, WHERE)


class Words(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A person's own class: takes a frame of words, says nothing of its input, refuses some words."""

    def __init__(self, refused: str = "unseen") -> None:
        self.refused = refused

    def fit(self, frame: pd.DataFrame) -> Words:
        """Look at the words once."""
        self.lengths_ = frame["word"].str.len()
        return self

    def predict(self, frame: pd.DataFrame) -> Any:
        """Count the letters of each word."""
        if (frame["word"] == self.refused).any():
            raise ValueError(f"{self.refused} is no word")
        return frame["word"].str.len().to_numpy()


def test_a_class_of_ones_own_is_described_by_the_sample_and_by_calls(tmp_path: Path) -> None:
    frame = pd.DataFrame({"word": ["one", "three", "one"]})
    sample = as_sample(tmp_path, frame)
    strict, lenient = infer(Words().fit(frame), sample=sample), infer(Words("no").fit(frame), sample=sample)
    assert (strict.container, strict.column_names) == (Container.FRAME, ("word",))
    assert strict.features[0].categories == ("one", "three")
    assert not strict.features[0].open
    assert lenient.features[0].open
    assert not lenient.features[0].nullable, "its answer would be NaN"
    with pytest.raises(ArtifactError, match=r"does not say how many features it takes\. Put a sample.csv"):
        infer(Words().fit(frame))


@pytest.mark.parametrize(
    ("said", "why", "mend"),
    [
        ({"aa": {}}, "a feature 'aa' that the model does not have; the nearest known is 'a'", "Write the name"),
        ({"a": {"type": "vector"}}, "the type vector, but the model's features have names", "Write type: float"),
        ({"a": {"type": "text"}}, "the type text, but the model takes a number", "Write type: float"),
        ({"a": {"type": "integer"}}, "the sample holds values that are not a whole number", "Write type: float"),
        ({"a": {"type": "boolean"}}, "the sample holds values that are not true or false", "Write type: float"),
        ({"a": {"type": "category"}}, "no categories of it are known", "Write type: float"),
        ({"a": {"min": 3, "max": 2}}, "min of feature 'a' is 3.0, more than its max 2.0", "Exchange them"),
        ({"a": {"max": float("nan")}}, "max of feature 'a' is nan", "Write a finite number"),
        ({"word": {"min": 3}}, "feature 'word' a min, but it is a string", "Leave it out"),
        ({"word": {"type": "float"}}, "the type float, but the model takes a string", "Write type: category"),
        ({"word": {"type": "text"}}, "the model refuses all strings but its categories", "Write type: category"),
        ({"word": {"categories": ["yes", True]}}, "category True of feature 'word' is not a string", "Quote strings"),
        ({"word": {"categories": ["yes", "maybe"]}}, "category 'maybe' of feature 'word' is refused", "'no', 'yes'"),
        ({"word": {"categories": ["yes", "yes"]}}, "category 'yes' of feature 'word' stands there twice", "Keep one"),
        ({"word": {"example": "Yes"}}, "'Yes', is no known category; the nearest known is 'yes'", "Mend it"),
        ({"word": {"default": "Yes"}}, "'Yes', is no known category; the nearest known is 'yes'", "Mend it"),
        ({"a": {"default": "1"}}, "the default of feature 'a', '1', is not a number", "Mend it"),
        ({"a": {"default": True}}, "the default of feature 'a', True, is not a number", "Mend it"),
        ({"a": {"default": 5, "max": 4}}, "the default of feature 'a', 5, is above its max 4.0", "Mend it"),
        ({"a": {"example": -5, "min": 0}}, "the example of feature 'a', -5, is below its min 0.0", "Mend it"),
        ({"a": {"example": (1.0, 2.0)}}, "the example of feature 'a', (1.0, 2.0), is not a number", "Mend it"),
        ({"a": {"example": float("inf")}}, "the example of feature 'a', inf, is not finite", "Mend it"),
        ({"a": {"required": True, "default": 1}}, "is required and has a default", "Leave one of them out"),
        ({"a": {"required": False}}, "the model does not answer where it is missing", "Give it a default"),
    ],
)
def test_a_card_that_contradicts_itself_or_the_model_is_refused(
    tmp_path: Path, said: dict[str, Any], why: str, mend: str
) -> None:
    frame = pd.DataFrame({"a": [1.5, 2.0] * 6, "word": ["yes", "no"] * 6})
    columns = make_column_transformer((OneHotEncoder(), ["word"]), remainder="passthrough")
    model = make_pipeline(columns, LogisticRegression()).fit(frame, TARGET)
    with pytest.raises(CardError) as caught:
        infer(model, {"features": said}, as_sample(tmp_path, frame))
    assert caught.value.where == str(WHERE.parent / "card.yaml")
    assert why in caught.value.why
    assert mend in caught.value.mend


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"f": {}}, "a feature 'f' that the model does not have; known are features"),
        ({"features": {"type": "float"}}, "it gives feature 'features' the type float, but it stands for 3 columns"),
        ({"features": {"default": 1}}, "it gives the vector 'features' default"),
        ({"features": {"example": (1.0, 2.0)}}, "(1.0, 2.0), is not a list of 3 numbers"),
        ({"features": {"example": (1.0, 2.0, 9.0), "max": 5}}, "is above its max 5.0"),
        ({"features": {"required": False}}, "the model does not answer where it is missing"),
    ],
)
def test_a_card_that_contradicts_a_vector_is_refused(said: dict[str, Any], why: str) -> None:
    with pytest.raises(CardError) as caught:
        infer(numbers_model(3), {"features": said})
    assert why in caught.value.why


def test_the_files_named_in_errors_may_be_elsewhere() -> None:
    with pytest.raises(CardError) as caught:
        infer_signature(
            numbers_model(3),
            Card.model_validate({"features": {"x": {}}}),
            None,
            WHERE,
            card_path=Path("models/card.yaml"),
            sample_path=Path("models/sample.csv"),
        )
    assert caught.value.where == "models/card.yaml"


def test_an_estimator_that_raises_on_the_example_row_is_refused_with_that_row(tmp_path: Path) -> None:
    frame = pd.DataFrame({"word": ["one", "three"]})
    with pytest.raises(ModelError) as caught:
        infer(Words("one").fit(frame), sample=as_sample(tmp_path, frame))
    assert isinstance(caught.value, ArtifactError)
    assert caught.value.why == "it raises ValueError on the example row {'word': 'one'}: one is no word"
    assert "sample.csv holds rows of its training data" in caught.value.mend


def test_an_estimator_that_cannot_answer_for_new_rows_is_refused() -> None:
    with pytest.raises(ArtifactError, match="DBSCAN has no predict or the like: it cannot answer for new rows"):
        infer(DBSCAN().fit(RNG.random((ROWS, 2))))
