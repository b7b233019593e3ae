"""A signature is put together from card, sample and estimator, in this order of trust."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from inference.card import Card, FeatureType
from inference.errors import CardError
from inference.signature.checks import check_rows
from inference.signature.feature import Container, Feature, Signature, Storage
from inference.signature.from_sample import read_sample
from inference.signature.infer import infer_signature
from inference.signature.sample_columns import sample_columns

# Estimators warn of the values that they are tried with; whoever loads models silences them, once for all threads.
pytestmark = pytest.mark.filterwarnings("ignore")

WHERE = Path("models/some/model.joblib")
ROWS = 12
RNG = np.random.default_rng(7)
PENGUINS = pd.DataFrame(
    {
        "island": ["Torgersen", "Biscoe", "Dream"] * 4,
        "mass (g)": [None, 3750.0, 3800.5] * 4,
        "sex": ["male", "female", None] * 4,
        "year": [2007, 2008, 2009, 2007] * 3,
        "ringed": [True, False] * 6,
        "note": ["calm", "bites", "runs away"] * 4,
    }
)
TARGET = [0, 1, 1, 0] * 3


def penguin_model(frame: pd.DataFrame = PENGUINS) -> Any:
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["island"]),
        (make_pipeline(SimpleImputer(), StandardScaler()), ["mass (g)"]),
        (make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder()), ["sex"]),
        ("passthrough", ["year", "ringed"]),
        (TfidfVectorizer(), "note"),
    )
    return make_pipeline(columns, LogisticRegression()).fit(frame, TARGET)


def as_sample(folder: Path, frame: pd.DataFrame) -> pd.DataFrame:
    path = folder / "sample.csv"
    frame.to_csv(path, index=False)
    return read_sample(path)


def infer(estimator: Any, card: dict[str, Any] | None = None, sample: pd.DataFrame | None = None) -> Signature:
    return infer_signature(estimator, Card.model_validate(card or {}), sample, WHERE)


def features(signature: Signature) -> dict[str, Feature]:
    return {feature.source: feature for feature in signature.features}


def test_a_frame_with_everything_in_it_is_described_from_sample_and_estimator(tmp_path: Path) -> None:
    signature = infer(penguin_model(), sample=as_sample(tmp_path, PENGUINS))
    assert signature.container is Container.FRAME
    assert signature.column_names == tuple(PENGUINS.columns)
    assert [(f.source, f.type, f.categories, f.open, f.nullable, f.never_missing) for f in signature.features] == [
        ("island", FeatureType.CATEGORY, ("Biscoe", "Dream", "Torgersen"), True, True, True),
        ("mass (g)", FeatureType.FLOAT, (), True, True, False),
        ("sex", FeatureType.CATEGORY, ("female", "male"), False, True, False),
        ("year", FeatureType.INTEGER, (), True, False, True),
        ("ringed", FeatureType.BOOLEAN, (), True, False, True),
        ("note", FeatureType.TEXT, (), True, False, True),
    ]
    assert signature.example_row == ("Biscoe", 3750.0, "female", 2008, False, "bites")
    distribution = features(signature)["year"].distribution
    assert distribution is not None
    assert (distribution.min, distribution.quartiles[1], distribution.max) == (2007.0, 2007.5, 2009.0)
    assert features(signature)["island"].distribution is None


def test_without_a_sample_the_encoders_and_vectorizers_say_the_types() -> None:
    signature = infer(penguin_model())
    assert [(f.type, f.example, f.never_missing) for f in signature.features] == [
        (FeatureType.CATEGORY, "Biscoe", False),
        (FeatureType.FLOAT, 0.0, False),
        (FeatureType.CATEGORY, "female", False),
        (FeatureType.FLOAT, 0.0, False),
        (FeatureType.FLOAT, 0.0, False),
        (FeatureType.TEXT, "text", False),
    ]


def test_the_card_has_the_first_word(tmp_path: Path) -> None:
    said = {
        "mass (g)": {"min": 0, "max": 9000, "unit": "g", "description": "On the scales.", "graphql_name": "mass"},
        "year": {"type": "float", "example": 2010, "default": 2009},
        "island": {"categories": ["Dream", "Biscoe"], "required": True, "example": "Dream"},
        "sex": {"type": "category", "required": False},
        "note": {"default": "none"},
    }
    signature = infer(penguin_model(), {"features": said}, as_sample(tmp_path, PENGUINS))
    found = features(signature)
    mass = found["mass (g)"]
    assert (mass.min, mass.max, mass.unit, mass.description, mass.graphql_name) == (
        0,
        9000,
        "g",
        "On the scales.",
        "mass",
    )
    assert (found["year"].type, found["year"].example, found["year"].default) == (FeatureType.FLOAT, 2010.0, 2009.0)
    assert isinstance(found["year"].default, float)
    assert found["island"].categories == ("Dream", "Biscoe")
    assert not found["island"].nullable
    assert found["island"].example == "Dream"
    assert found["sex"].nullable
    assert not found["year"].required
    assert not found["note"].required
    assert found["ringed"].required


def test_every_row_of_a_sample_passes_the_checks_of_its_own_signature(tmp_path: Path) -> None:
    sample = as_sample(tmp_path, PENGUINS)
    signature = infer(penguin_model(), sample=sample)
    assert check_rows(signature, sample_columns(signature, sample)) == []


def test_the_order_of_the_samples_columns_does_not_matter(tmp_path: Path) -> None:
    turned = as_sample(tmp_path, PENGUINS[[*reversed(PENGUINS.columns)]])
    assert infer(penguin_model(), sample=turned) == infer(penguin_model(), sample=as_sample(tmp_path, PENGUINS))


def test_whole_numbers_with_gaps_are_integers_that_stay_floats_in_the_frame(tmp_path: Path) -> None:
    frame = pd.DataFrame({"rings": pd.array([1, None, 3] * 4, dtype="Int64"), "x": RNG.random(ROWS)})
    sample = as_sample(tmp_path, frame)
    model = make_pipeline(SimpleImputer(), LogisticRegression()).fit(sample, TARGET)
    rings = infer(model, sample=sample).features[0]
    assert (rings.type, rings.stored, rings.nullable, rings.example) == (FeatureType.INTEGER, Storage.FLOAT, True, 1)
    assert isinstance(rings.example, int)


def test_numbers_beyond_32_bits_are_floats(tmp_path: Path) -> None:
    sample = as_sample(tmp_path, pd.DataFrame({"id": [2**31 + row for row in range(ROWS)]}))
    feature = infer(LinearRegression().fit(sample, TARGET), sample=sample).features[0]
    assert (feature.type, feature.stored) == (FeatureType.FLOAT, Storage.FLOAT)


def test_codes_that_look_like_numbers_are_categories_if_the_encoder_knows_strings(tmp_path: Path) -> None:
    frame = pd.DataFrame({"zip": ["10115", "80331", "20095"] * 4})
    model = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(frame, TARGET)
    feature = infer(model, sample=as_sample(tmp_path, frame)).features[0]
    assert feature.type is FeatureType.CATEGORY
    assert feature.categories == ("10115", "20095", "80331")
    assert feature.example == "10115"


def test_encoded_integers_are_integers_with_categories(tmp_path: Path) -> None:
    frame = pd.DataFrame({"class": [1, 2, 3] * 4})
    model = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(frame, TARGET)
    for sample in (None, as_sample(tmp_path, frame)):
        feature = infer(model, sample=sample).features[0]
        assert (feature.type, feature.categories, feature.open) == (FeatureType.INTEGER, (1, 2, 3), False)


@pytest.mark.parametrize(
    ("values", "kind", "categories"),
    [
        ([0.5, 1.5] * 6, FeatureType.FLOAT, (0.5, 1.5)),
        ([2**40, 2**41] * 6, FeatureType.FLOAT, (2.0**40, 2.0**41)),
        ([True, False] * 6, FeatureType.BOOLEAN, ()),
        ([True] * 12, FeatureType.BOOLEAN, (True,)),
    ],
)
def test_other_encoded_values_have_their_type_too(values: list[Any], kind: FeatureType, categories: Any) -> None:
    frame = pd.DataFrame({"f": values, "x": RNG.random(ROWS)})
    columns = make_column_transformer((OneHotEncoder(), ["f"]), remainder="passthrough")
    feature = infer(make_pipeline(columns, LogisticRegression()).fit(frame, TARGET)).features[0]
    assert (feature.type, feature.categories) == (kind, categories)
    assert feature.open == (not categories)


def test_the_card_may_say_how_numbers_are_sent(tmp_path: Path) -> None:
    frame = pd.DataFrame({"flag": [0, 1] * 6, "count": [1.0, 2.0, 3.0] * 4, "scale": [1, 2] * 6})
    said = {"flag": {"type": "boolean"}, "count": {"type": "integer"}, "scale": {"categories": [1, 2, 3]}}
    sample = as_sample(tmp_path, frame)
    model = LogisticRegression().fit(frame, TARGET)
    flag, count, scale = infer(model, {"features": said}, sample).features
    assert (flag.type, flag.stored, flag.example) == (FeatureType.BOOLEAN, Storage.INTEGER, False)
    assert (count.type, count.stored, count.example) == (FeatureType.INTEGER, Storage.FLOAT, 1)
    assert (scale.type, scale.categories, scale.open) == (FeatureType.INTEGER, (1, 2, 3), True)
    assert infer(model, {"features": {"flag": {"type": "boolean"}}}).features[0].example is False
    sent = {"scale": {"type": "category", "categories": ["1"]}}
    with pytest.raises(CardError, match="the type category, but the model takes a whole number"):
        infer(model, {"features": sent}, sample)


def test_a_column_that_the_sample_leaves_empty_is_described_by_the_estimator(tmp_path: Path) -> None:
    frame = pd.DataFrame({"word": ["a", "unseen"] * 6, "x": RNG.random(ROWS)})
    words = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    columns = make_column_transformer((words, ["word"]), remainder="passthrough")
    model = make_pipeline(columns, LogisticRegression()).fit(frame, TARGET)
    word = infer(model, sample=as_sample(tmp_path, frame.assign(word=None))).features[0]
    assert (word.type, word.categories, word.open, word.nullable) == (FeatureType.CATEGORY, ("a", "unseen"), True, True)
    assert (word.never_missing, word.example) == (False, "a")
    assert infer(model, {"features": {"word": {"type": "category"}}}).features[0].categories == ("a", "unseen")


def test_an_example_comes_from_one_row_within_the_cards_limits(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1.0, np.nan, 9.0, 8.0] * 3, "b": [0.5, 2.5, np.nan, 3.5] * 3})
    model = make_pipeline(SimpleImputer(), LogisticRegression()).fit(frame, TARGET)
    sample = as_sample(tmp_path, frame)
    assert infer(model, sample=sample).example_row == (1.0, 0.5)
    assert infer(model, {"features": {"a": {"min": 5}}}, sample).example_row == (8.0, 3.5)
    assert infer(model, {"features": {"a": {"min": 10}}}, sample).example_row == (10.0, 0.5)
    assert infer(model, {"features": {"a": {"max": -2}}}).example_row == (-2.0, 0.0)


def test_where_no_row_is_complete_an_example_has_a_value_of_each_column(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [np.nan, 2.0] * 6, "b": [1.0, np.nan] * 6})
    model = make_pipeline(SimpleImputer(), LogisticRegression()).fit(frame, TARGET)
    assert infer(model, sample=as_sample(tmp_path, frame)).example_row == (2.0, 1.0)


def test_a_bounded_integer_without_a_sample_has_a_whole_example() -> None:
    model = LogisticRegression().fit(pd.DataFrame({"a": range(ROWS)}), TARGET)
    (feature,) = infer(model, {"features": {"a": {"type": "integer", "min": 2.5}}}).features
    assert feature.example == 3
    assert isinstance(feature.example, int)
