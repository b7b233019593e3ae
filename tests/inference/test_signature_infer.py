"""A signature is put together from card, sample and estimator, in this order of trust."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.cluster import DBSCAN
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from inference.card import Card, FeatureType
from inference.errors import ArtifactError, CardError, ModelError, SampleError
from inference.signature.checks import check_rows
from inference.signature.feature import Container, Feature, Signature, Storage
from inference.signature.from_sample import read_sample
from inference.signature.infer import infer_signature
from inference.signature.matrix import to_container
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


def numbers_model(count: int) -> Any:
    return LogisticRegression().fit(RNG.random((ROWS, count)), TARGET)


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


@pytest.mark.parametrize("names", [["0", "1"], ["length", "width"], [f"gene {number}" for number in range(130)]])
def test_every_row_of_a_sample_of_numbers_passes_too(tmp_path: Path, names: list[str]) -> None:
    frame = pd.DataFrame(RNG.random((ROWS, len(names))), columns=names)
    sample = as_sample(tmp_path, frame)
    for data in (frame, frame.to_numpy()):
        signature = infer(LogisticRegression().fit(data, TARGET), sample=sample)
        columns = sample_columns(signature, sample)
        assert check_rows(signature, columns) == []
        np.testing.assert_array_equal(np.asarray(to_container(signature, columns)), frame.to_numpy())


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
    frame = PENGUINS[["island", "year"]]
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
    return make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(PENGUINS["note"], TARGET)


def test_a_model_of_texts_has_one_text_named_by_card_or_sample(tmp_path: Path) -> None:
    sample = as_sample(tmp_path, PENGUINS[["note"]])
    for signature, source, example in [
        (infer(text_model()), "text", "text"),
        (infer(text_model(), {"features": {"remark": {"example": "barks"}}}), "remark", "barks"),
        (infer(text_model(), sample=sample), "note", "calm"),
    ]:
        (feature,) = signature.features
        assert signature.container is Container.TEXTS
        assert (feature.source, feature.type, feature.example) == (source, FeatureType.TEXT, example)
        assert not feature.nullable


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


NUMBERS = {"a": [1.5, 2.0] * 6, "b": [1, 0] * 6}


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
    with pytest.raises(ArtifactError, match="DBSCAN has none of predict, transform, score_samples"):
        infer(DBSCAN().fit(RNG.random((ROWS, 2))))
