"""A sample may hold the targets besides the features, and names them then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from inference.errors import LoadFailed
from inference.outputs.output import ListOf, Record

if TYPE_CHECKING:
    from tests.inference.conftest import Load

ROWS = pd.DataFrame({"a": np.arange(12.0), "b": np.arange(12.0) % 5})
NUMBERS = pd.DataFrame({"price": np.arange(12.0) + 1, "weight": np.arange(12.0) ** 2})
PAIRS = pd.DataFrame({"colour": ["red", "green", "blue"] * 4, "size": ["big", "small"] * 6})
FLAGS = pd.DataFrame({"wet": [0, 1] * 6, "cold": [0, 0, 1] * 4})


def both(targets: pd.DataFrame, rows: pd.DataFrame = ROWS) -> pd.DataFrame:
    return pd.concat([targets, rows], axis="columns")  # their order among the features does not matter


def refusal(load: Load, estimator: Any, sample: pd.DataFrame, **options: Any) -> str:
    with pytest.raises(LoadFailed) as caught:
        load(estimator, sample=sample, **options)
    (error,) = caught.value.errors
    return f"{error.why}. {error.mend}"


def test_several_numbers_are_named_by_the_sample(load: Load) -> None:
    model = load(LinearRegression().fit(ROWS, NUMBERS), sample=both(NUMBERS))
    assert isinstance(model.outputs["value"].type, Record)
    assert [member.source for member in model.outputs["value"].type.members] == ["price", "weight"]
    assert [feature.source for feature in model.signature.features] == ["a", "b"]


def test_classifiers_targets_are_named_by_the_sample(load: Load) -> None:
    model = load(KNeighborsClassifier(3).fit(ROWS, PAIRS.to_numpy()), sample=both(PAIRS))
    assert {"colour.label", "size.label"} <= set(model.outputs)
    assert model.outputs["colour.probability_vector"].description.endswith("this target's classes: blue, green, red.")


def test_labels_that_a_row_may_have_or_not_are_named_by_the_sample(load: Load) -> None:
    model = load(KNeighborsClassifier(3).fit(ROWS, FLAGS.to_numpy()), sample=both(FLAGS))
    assert isinstance(model.outputs["labels"].type, ListOf)
    assert model.serving.label is not None
    assert [label.name for label in model.serving.label.classes] == ["wet", "cold"]


@pytest.mark.parametrize(
    ("estimator", "target", "output", "said"),
    [
        (LogisticRegression(), PAIRS["colour"], "label", "The class that the model predicts: colour."),
        (LinearRegression(), NUMBERS["price"], "value", "price."),
    ],
)
def test_one_target_is_described_by_its_name(
    load: Load, estimator: Any, target: pd.Series, output: str, said: str
) -> None:
    model = load(estimator.fit(ROWS, target), sample=both(target.to_frame()))
    assert model.outputs[output].description == said


def test_the_cards_names_come_first(load: Load) -> None:
    card = {"outputs": [{"name": "cost"}, {"name": "mass"}]}
    model = load(LinearRegression().fit(ROWS, NUMBERS), sample=both(NUMBERS), card=card)
    assert [member.source for member in model.outputs["value"].type.members] == ["cost", "mass"]  # type: ignore[union-attr]  # a record, as above


def test_targets_stand_behind_the_features_of_a_model_without_names(load: Load) -> None:
    fitted = LinearRegression().fit(ROWS.to_numpy(), NUMBERS)
    model = load(fitted, sample=pd.concat([ROWS, NUMBERS], axis="columns"))
    assert [feature.source for feature in model.signature.features] == ["a", "b"]
    assert [member.source for member in model.outputs["value"].type.members] == ["price", "weight"]  # type: ignore[union-attr]  # as above


def test_a_target_stands_behind_the_text_of_a_model_of_texts(load: Load) -> None:
    texts = pd.DataFrame({"said": ["yes please", "no thanks"] * 6, "mood": ["good", "bad"] * 6})
    fitted = make_pipeline(CountVectorizer(), LogisticRegression()).fit(texts["said"], texts["mood"])
    model = load(fitted, sample=texts)
    assert [feature.source for feature in model.signature.features] == ["said"]
    assert model.outputs["label"].description.endswith(": mood.")


def test_gaps_in_whole_numbers_are_seen_beside_targets(load: Load) -> None:
    rows = pd.DataFrame({"a": pd.array([1, 2, None, 4] * 3, dtype="Int64"), "b": np.arange(12.0)})
    fitted = KNeighborsClassifier(3).fit(rows[["a", "b"]].fillna(0), PAIRS["size"])
    features = load(fitted, sample=both(PAIRS[["size"]], rows)).signature.features
    assert [feature.type for feature in features] == ["integer", "float"]


@pytest.mark.parametrize(
    ("estimator", "targets", "extra", "said"),
    [
        (LinearRegression(), NUMBERS, NUMBERS[["price"]], "it has 'price', which the model was not fitted on, and"),
        (LinearRegression(), NUMBERS["price"], NUMBERS, "'price', 'weight', which the model was not fitted on, and"),
        (LinearRegression(), NUMBERS["price"], PAIRS[["size"]], "it has 'size', which the model was not fitted on"),
        (LogisticRegression(), PAIRS["size"], PAIRS[["colour"]], "which holds 'red', none of its classes"),
        (LogisticRegression(), PAIRS["size"], NUMBERS[["price"]], "which holds 1.0, none of its classes"),
        (KMeans(2, n_init=1, random_state=0), None, FLAGS[["wet"]], "it has 'wet', which the model was not fitted on"),
    ],
)
def test_other_columns_are_refused_by_name(
    load: Load, estimator: Any, targets: Any, extra: pd.DataFrame, said: str
) -> None:
    assert said in refusal(load, estimator.fit(ROWS, targets), both(extra))


def test_a_sample_that_lacks_a_feature_is_refused_for_that(load: Load) -> None:
    fitted = LogisticRegression().fit(ROWS, PAIRS["size"])
    assert "it lacks 'b' and has 'size'" in refusal(load, fitted, both(PAIRS[["size"]])[["size", "a"]])
