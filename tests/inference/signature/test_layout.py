"""Which fields a model has: one for each column, one vector for all, or one text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from inference.card import Card, FeatureType
from inference.errors import SampleError
from inference.signature.checks import check_rows
from inference.signature.feature import Container, Signature
from inference.signature.from_sample import read_sample
from inference.signature.infer import infer_signature
from inference.signature.matrix import to_container
from inference.signature.sample_columns import sample_columns

# Estimators warn of the values that they are tried with; whoever loads models silences them, once for all threads.
pytestmark = pytest.mark.filterwarnings("ignore")

WHERE = Path("models/some/model.joblib")
ROWS = 12
RNG = np.random.default_rng(7)
TARGET = [0, 1, 1, 0] * 3
NUMBERS = {"a": [1.5, 2.0] * 6, "b": [1, 0] * 6}
NOTES = ["calm", "bites", "runs away"] * 4


def numbers_model(count: int) -> Any:
    return LogisticRegression().fit(RNG.random((ROWS, count)), TARGET)


def as_sample(folder: Path, frame: pd.DataFrame) -> pd.DataFrame:
    path = folder / "sample.csv"
    frame.to_csv(path, index=False)
    return read_sample(path)


def infer(estimator: Any, card: dict[str, Any] | None = None, sample: pd.DataFrame | None = None) -> Signature:
    return infer_signature(estimator, Card.model_validate(card or {}), sample, WHERE)


@pytest.mark.parametrize("names", [["0", "1"], ["length", "width"], [f"gene {number}" for number in range(130)]])
def test_every_row_of_a_sample_of_numbers_passes_too(tmp_path: Path, names: list[str]) -> None:
    frame = pd.DataFrame(RNG.random((ROWS, len(names))), columns=names)
    sample = as_sample(tmp_path, frame)
    for data in (frame, frame.to_numpy()):
        signature = infer(LogisticRegression().fit(data, TARGET), sample=sample)
        columns = sample_columns(signature, sample)
        assert check_rows(signature, columns) == []
        np.testing.assert_array_equal(np.asarray(to_container(signature, columns)), frame.to_numpy())


def test_a_model_of_nameless_numbers_takes_one_vector() -> None:
    signature = infer(numbers_model(3))
    assert signature.container is Container.ARRAY
    assert [(f.source, f.type, f.length, f.example, f.nullable) for f in signature.features] == [
        ("features", FeatureType.VECTOR, 3, (0.0, 0.0, 0.0), False)
    ]


def test_the_card_names_the_vector_and_bounds_its_elements(tmp_path: Path) -> None:
    pixels = {"type": "vector", "min": 0, "max": 16, "unit": "grey level"}
    frame = pd.DataFrame(RNG.random((ROWS, 3)), columns=["0", "1", "2"])
    signature = infer(numbers_model(3), {"features": {"pixels": pixels}}, as_sample(tmp_path, frame))
    (feature,) = signature.features
    assert (feature.source, feature.min, feature.max, feature.unit) == ("pixels", 0, 16, "grey level")
    assert feature.example == tuple(frame.iloc[0])
    assert feature.distribution is not None
    assert feature.distribution.max == frame.to_numpy().max()


def test_the_samples_header_names_the_columns_of_an_array(tmp_path: Path) -> None:
    frame = pd.DataFrame(RNG.random((ROWS, 3)), columns=["length", "width", "height"])
    named = infer(numbers_model(3), sample=as_sample(tmp_path, frame))
    assert [feature.source for feature in named.features] == ["length", "width", "height"]
    assert named.container is Container.ARRAY
    frame.columns = pd.Index(["0", "1", "2"])
    assert [feature.source for feature in infer(numbers_model(3), sample=as_sample(tmp_path, frame)).features] == [
        "features"
    ]


def test_more_than_128_named_numbers_are_one_vector_that_fills_a_frame(tmp_path: Path) -> None:
    names = [f"gene {number}" for number in range(129)]
    frame = pd.DataFrame(RNG.random((ROWS, 129)), columns=names)
    model = LogisticRegression().fit(frame, TARGET)
    for sample in (None, as_sample(tmp_path, frame)):
        signature = infer(model, sample=sample)
        assert (signature.container, signature.columns) == (Container.FRAME, tuple(names))
        assert [(feature.source, feature.length) for feature in signature.features] == [("features", 129)]
    assert len(infer(LogisticRegression().fit(frame[names[:128]], TARGET)).features) == 128


def test_more_than_128_columns_with_words_among_them_are_one_field_each() -> None:
    frame = pd.DataFrame(RNG.random((ROWS, 129)), columns=[f"gene {number}" for number in range(129)])
    frame["tissue"] = ["skin", "bone", "hair"] * 4
    columns = make_column_transformer((OneHotEncoder(), ["tissue"]), remainder="passthrough")
    signature = infer(make_pipeline(columns, LogisticRegression()).fit(frame, TARGET))
    assert len(signature.features) == 130
    assert signature.features[-1].categories == ("bone", "hair", "skin")
    assert not any(feature.nullable for feature in signature.features)


def test_an_array_with_words_has_one_field_for_each_column(tmp_path: Path) -> None:
    frame = pd.DataFrame({"island": ["Torgersen", "Biscoe", "Dream"] * 4, "year": [2007, 2008] * 6})
    columns = make_column_transformer((OneHotEncoder(), [0]), remainder="passthrough")
    model = make_pipeline(columns, LogisticRegression()).fit(frame.to_numpy(), TARGET)
    plain, named = infer(model), infer(model, sample=as_sample(tmp_path, frame))
    assert plain.container is named.container is Container.ARRAY
    assert [(feature.source, feature.type) for feature in plain.features] == [
        ("x0", FeatureType.CATEGORY),
        ("x1", FeatureType.FLOAT),
    ]
    assert [(feature.source, feature.type) for feature in named.features] == [
        ("island", FeatureType.CATEGORY),
        ("year", FeatureType.INTEGER),
    ]


def text_model() -> Any:
    return make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(NOTES, TARGET)


def test_a_model_of_texts_has_one_text_named_by_card_or_sample(tmp_path: Path) -> None:
    sample = as_sample(tmp_path, pd.DataFrame({"note": NOTES}))
    for signature, source, example in [
        (infer(text_model()), "text", "text"),
        (infer(text_model(), {"features": {"remark": {"example": "barks"}}}), "remark", "barks"),
        (infer(text_model(), sample=sample), "note", "calm"),
    ]:
        (feature,) = signature.features
        assert signature.container is Container.TEXTS
        assert (feature.source, feature.type, feature.example) == (source, FeatureType.TEXT, example)
        assert not feature.nullable


@pytest.mark.parametrize(
    ("columns", "says", "mend"),
    [
        (["a", "b", "target"], "it has 'target', which the model was not fitted on", "without the target"),
        (["a"], "it lacks 'b'", "Write the training features"),
        (["a", "b "], "it lacks 'b' (is 'b ' meant?) and has 'b '", "Write the training features"),
    ],
)
def test_a_sample_with_other_columns_than_the_models_is_refused(
    tmp_path: Path, columns: list[str], says: str, mend: str
) -> None:
    model = LogisticRegression().fit(pd.DataFrame(NUMBERS), TARGET)
    sample = as_sample(tmp_path, pd.DataFrame({name: [1.0, 2.0] for name in columns}))
    with pytest.raises(SampleError) as caught:
        infer(model, sample=sample)
    assert caught.value.where == str(WHERE.parent / "sample.csv")
    assert says in caught.value.why
    assert mend in caught.value.mend


def test_a_sample_of_other_width_than_the_array_or_text_is_refused(tmp_path: Path) -> None:
    sample = as_sample(tmp_path, pd.DataFrame(NUMBERS))
    with pytest.raises(SampleError, match=r"it has 2 columns \('a', 'b'\); the model takes 3"):
        infer(numbers_model(3), sample=sample)
    with pytest.raises(SampleError, match=r"it has 2 columns \('a', 'b'\); the model takes one text"):
        infer(text_model(), sample=sample)
