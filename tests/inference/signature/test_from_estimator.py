"""Fitted estimators say what they take, wherever they keep it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_selector, make_column_transformer
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    BaggingClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.feature_selection import SelectFromModel, SelectKBest, chi2
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV, TunedThresholdClassifierCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder
from sklearn.semi_supervised import SelfTrainingClassifier

from inference.errors import ArtifactError
from inference.signature.findings import Known
from inference.signature.from_estimator import EstimatorFacts, read_estimator

WHERE = Path("models/some/model.joblib")
ROWS = 24
FRAME = pd.DataFrame(
    {
        "island": ["Biscoe", "Dream", "Torgersen"] * 8,
        "mass": np.linspace(0.0, 1.0, ROWS),
        "note": ["good bird", "bad bird", "no bird at all", "two birds"] * 6,
        "rings": [1, 2, 3, 4] * 6,
    }
)
TARGET = np.array([0, 1, 1, 0, 1, 0] * 4)
ISLANDS = ("Biscoe", "Dream", "Torgersen")


def facts(estimator: Any, data: Any = FRAME, target: Any = TARGET) -> EstimatorFacts:
    return read_estimator(estimator.fit(data, target), WHERE)


def columns() -> ColumnTransformer:
    """Take columns by name, by one name, by selector and by remainder."""
    return make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder()), ["island"]),
        (TfidfVectorizer(), "note"),
        (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["rings"]),
        remainder=StandardScaler(),
    )


@pytest.mark.parametrize(
    "estimator",
    [RandomForestClassifier(3), GradientBoostingClassifier(n_estimators=3), HistGradientBoostingClassifier(max_iter=3)],
)
def test_a_model_that_was_fitted_on_a_frame_knows_its_names(estimator: Any) -> None:
    found = facts(estimator, FRAME[["mass", "rings"]])
    assert found.names == ("mass", "rings")
    assert found.count == 2
    assert not found.known
    assert not found.texts
    assert not found.takes_texts


def test_a_model_that_was_fitted_on_an_array_knows_how_many_columns_it_takes() -> None:
    found = facts(make_pipeline("passthrough", StandardScaler(), LogisticRegression()), FRAME[["mass"]].to_numpy())
    assert found.names is None
    assert found.count == 1


LOGISTIC = LogisticRegression()
WRAPPED = {
    "pipeline": make_pipeline(columns(), LOGISTIC),
    "grid search": GridSearchCV(make_pipeline(columns(), LOGISTIC), {"logisticregression__C": [1.0]}, cv=2),
    "calibrated": CalibratedClassifierCV(make_pipeline(columns(), LOGISTIC), cv=2),
    "voting": VotingClassifier([("one", make_pipeline(columns(), LOGISTIC))]),
    "stacking": StackingClassifier([("one", make_pipeline(columns(), LOGISTIC))], cv=2),
    "threshold": TunedThresholdClassifierCV(make_pipeline(columns(), LOGISTIC), cv=2),
    "one versus rest": OneVsRestClassifier(make_pipeline(columns(), LOGISTIC)),
    "target": TransformedTargetRegressor(make_pipeline(columns(), LinearRegression())),
    "nested": make_pipeline(make_column_transformer((columns(), list(FRAME.columns))), LOGISTIC),
    "union": make_pipeline(make_union(columns(), "drop", columns()), LOGISTIC),
    "selection": make_pipeline(columns(), SelectFromModel(RandomForestClassifier(3)), LOGISTIC),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_a_column_transformer_is_found_wherever_it_sits(name: str) -> None:
    found = facts(clone(WRAPPED[name]))
    assert found.names == tuple(FRAME.columns)
    assert found.known == {0: Known(ISLANDS, closed=True), 3: Known((1, 2, 3, 4), closed=False)}
    assert found.texts == {2}
    assert not found.takes_texts


def test_a_frozen_estimator_and_several_targets_are_looked_into() -> None:
    inner = make_pipeline(columns(), LOGISTIC).fit(FRAME, TARGET)
    assert facts(FrozenEstimator(inner)).known[0].categories == ISLANDS
    both = np.column_stack([TARGET, 1 - TARGET])
    assert facts(MultiOutputClassifier(clone(inner)), target=both).texts == {2}


def test_chains_bags_and_self_training_that_make_arrays_of_the_input_are_followed_by_position() -> None:
    numbers = FRAME[["mass", "rings"]].to_numpy()
    encoder = make_column_transformer((OneHotEncoder(), [1]), remainder="passthrough")
    chain = ClassifierChain(make_pipeline(encoder, LOGISTIC), order=[0, 1])
    assert facts(chain, numbers, np.column_stack([TARGET, 1 - TARGET])).known == {
        1: Known((1.0, 2.0, 3.0, 4.0), closed=True)
    }
    half_known = np.where(np.arange(ROWS) < ROWS // 2, TARGET, -1)
    taught = SelfTrainingClassifier(make_pipeline(encoder, LOGISTIC))
    assert facts(taught, numbers, half_known).known == {1: Known((1.0, 2.0, 3.0, 4.0), closed=True)}
    steps = make_pipeline(OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), LOGISTIC)
    bag = BaggingClassifier(steps, 6, max_features=1, bootstrap=False, random_state=0)
    found = facts(bag, FRAME[["rings", "island"]].to_numpy(dtype=object))
    assert {position: known.categories for position, known in found.known.items()} == {0: (1, 2, 3, 4), 1: ISLANDS}


@pytest.mark.parametrize(
    "chosen",
    [
        ["island", "rings"],
        [0, 3],
        [0, -1],
        [True, False, False, True],
        np.array([True, False, False, True]),
        slice(0, 4, 3),
        lambda frame: [name for name in frame if name in {"island", "rings"}],
    ],
)
def test_columns_may_be_chosen_in_every_way(chosen: Any) -> None:
    found = facts(make_pipeline(ColumnTransformer([("one", OneHotEncoder(), chosen)]), LOGISTIC))
    assert {position: known.categories for position, known in found.known.items()} == {0: ISLANDS, 3: (1, 2, 3, 4)}


@pytest.mark.parametrize(("chosen", "expected"), [(slice("island", "mass"), {0, 1}), (slice(None, "note"), {0, 1, 2})])
def test_a_slice_of_names_includes_its_end(chosen: slice, expected: set[int]) -> None:
    found = facts(make_pipeline(ColumnTransformer([("one", OneHotEncoder(), chosen)]), LOGISTIC))
    assert set(found.known) == expected


def test_columns_that_pass_through_are_followed_in_models_of_any_age() -> None:
    through = make_column_transformer(("passthrough", ["rings"]), (SimpleImputer(), ["mass"]), remainder="passthrough")
    both = make_union("passthrough", "passthrough")
    encoder = make_column_transformer((OneHotEncoder(), [0, 2]))
    steps = make_pipeline(through, both, encoder, LOGISTIC).fit(FRAME[["rings", "mass", "island"]], TARGET)
    known = {0: Known((1, 2, 3, 4), closed=True), 2: Known(ISLANDS, closed=True)}
    assert read_estimator(steps, WHERE).known == known
    # Older versions of scikit-learn kept the word where newer ones put a transformer.
    through = steps[0]
    through.transformers_ = [
        (name, "passthrough" if isinstance(step, FunctionTransformer) else step, chosen)
        for name, step, chosen in through.transformers_
    ]
    both = steps[1]
    both.transformer_list = [(name, "passthrough") for name, _ in both.transformer_list]
    assert read_estimator(steps, WHERE).known == known


def test_columns_may_be_chosen_by_type_and_the_remainder_be_encoded() -> None:
    by_type = ColumnTransformer(
        [("numbers", StandardScaler(), make_column_selector(dtype_include="number")), ("note", "drop", ["note"])],
        remainder=OneHotEncoder(),
    )
    assert facts(make_pipeline(by_type, LOGISTIC)).known == {0: Known(ISLANDS, closed=True)}


def test_an_encoder_is_followed_through_imputers_that_drop_and_add_columns() -> None:
    frame = pd.DataFrame({"empty": np.nan, "a": [1.0, np.nan] * 12, "b": [5.0, 6.0, 7.0] * 8})
    steps = make_pipeline(SimpleImputer(add_indicator=True), OneHotEncoder(handle_unknown="ignore"), LOGISTIC)
    with pytest.warns(UserWarning, match="without any observed values"):
        steps.fit(frame, TARGET)
    assert {position: known.categories for position, known in read_estimator(steps, WHERE).known.items()} == {
        1: (1.0,),
        2: (5.0, 6.0, 7.0),
    }


def test_an_encoder_is_followed_by_name_through_steps_that_give_frames() -> None:
    steps = make_pipeline(
        SimpleImputer(strategy="most_frequent").set_output(transform="pandas"),
        make_column_transformer((OneHotEncoder(), ["rings", "island"])),
        LOGISTIC,
    )
    found = facts(steps, FRAME[["island", "rings"]])
    assert found.known == {0: Known(ISLANDS, closed=True), 1: Known((1, 2, 3, 4), closed=True)}


def test_an_encoder_is_followed_through_a_selection_of_columns() -> None:
    numbers = np.column_stack([np.zeros(ROWS), TARGET, FRAME["rings"]])
    steps = make_pipeline(SelectKBest(k=1), OneHotEncoder(), LOGISTIC)
    with np.errstate(all="ignore"), pytest.warns(UserWarning, match="constant"):
        steps.fit(numbers, TARGET)
    assert read_estimator(steps, WHERE).known == {1: Known((0.0, 1.0), closed=True)}


def test_what_an_encoder_knows_of_changed_values_is_not_said_of_the_callers() -> None:
    lower = FunctionTransformer(lambda column: column.apply(lambda values: values.str.lower()))
    assert not facts(make_pipeline(lower, OneHotEncoder(), LOGISTIC), FRAME[["island"]]).known
    for count in (1, 2):
        steps = make_pipeline(PCA(count), OneHotEncoder(handle_unknown="ignore"), LOGISTIC)
        assert not facts(steps, FRAME[["mass", "rings"]]).known


def test_missing_values_and_dates_are_no_categories() -> None:
    frame = pd.DataFrame(
        {"a": ["x", None, "y"] * 8, "b": [1.0, np.nan, 2.0] * 8, "day": pd.to_datetime(["2026-01-01"] * 24)}
    )
    found = facts(make_pipeline(make_column_transformer((OneHotEncoder(), ["a", "b", "day"])), LOGISTIC), frame)
    assert found.known == {
        0: Known(("x", "y"), closed=True, missing=True),
        1: Known((1.0, 2.0), closed=True, missing=True),
    }


def test_of_two_encoders_on_one_column_both_must_know_a_value() -> None:
    first, second = OneHotEncoder(categories=[["a", "b", "c"]]), OneHotEncoder(categories=[["c", "d", "b"]])
    ignoring = OneHotEncoder(handle_unknown="ignore")
    frame = pd.DataFrame({"a": ["b", "c"] * 12})
    union = make_union(ignoring, first, second, TargetEncoder(cv=2))
    assert facts(make_pipeline(union, LOGISTIC), frame).known == {0: Known(("b", "c"), closed=True)}


def test_categories_of_histogram_boosting_are_found() -> None:
    frame = FRAME[["mass", "island"]].astype({"island": "category"})
    found = facts(HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=2), frame)
    assert found.known == {1: Known(ISLANDS, closed=False)}


@pytest.mark.parametrize(
    "steps",
    [
        make_pipeline(CountVectorizer(), LOGISTIC),
        make_pipeline(HashingVectorizer(n_features=8), LOGISTIC),
        make_pipeline(
            make_union(TfidfVectorizer(), CountVectorizer(analyzer="char")), SelectKBest(chi2, k=3), LOGISTIC
        ),
        make_pipeline(FunctionTransformer(lambda texts: [text.lower() for text in texts]), TfidfVectorizer(), LOGISTIC),
        GridSearchCV(make_pipeline(TfidfVectorizer(), LOGISTIC), {"logisticregression__C": [1.0]}, cv=2),
    ],
)
def test_a_vectorizer_that_comes_first_takes_texts(steps: Any) -> None:
    found = facts(steps, FRAME["note"].tolist())
    assert found.takes_texts
    assert found.count is None


def test_a_function_that_picks_the_only_column_of_a_frame_leads_to_its_vectorizer() -> None:
    steps = make_pipeline(FunctionTransformer(lambda frame: frame["note"]), TfidfVectorizer(), LOGISTIC)
    found = facts(steps, FRAME[["note"]])
    assert found.texts == {0}
    assert not found.takes_texts


def test_a_vectorizer_that_would_open_files_named_by_callers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    path.write_text("one word")
    steps = make_pipeline(CountVectorizer(input="filename"), LOGISTIC).fit([str(path)] * ROWS, TARGET)
    with pytest.raises(ArtifactError, match="reads files"):
        read_estimator(steps, WHERE)


def test_a_class_that_says_nothing_of_its_input_is_no_error() -> None:
    class Silent(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
        def predict(self, rows: Any) -> Any:
            return np.zeros(len(rows))

    found = read_estimator(Silent(), WHERE)
    assert (found.names, found.count) == (None, None)
