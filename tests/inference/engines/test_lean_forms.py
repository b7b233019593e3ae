"""Forms that look words up, fill gaps in, or compute once what several methods need answer the plain call's bits."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    BaggingClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
)
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from inference.engines.lean.calibrated import Calibrated
from inference.engines.lean.encoding import OneHot, Ordinal
from inference.engines.lean.engine import LeanEngine
from inference.engines.lean.form import Called, NotLean
from inference.engines.lean.forms import form_of
from inference.engines.lean.imputing import FilledNumbers, FilledWords
from inference.engines.lean.shared import Bayes, Boosted, Probable, Stacked
from inference.engines.plain import PlainEngine
from inference.engines.proof import check_same

if TYPE_CHECKING:
    from inference.model import LoadedModel

    Load = Callable[..., LoadedModel]

RANDOM = np.random.default_rng(1)
WORDS = pd.DataFrame(
    {
        "n": RANDOM.normal(size=90).round(2),
        "sex": RANDOM.choice(np.array(["f", "m", None]), 90),
        "town": RANDOM.choice(["a", "b", "c"], 90),
        "year": RANDOM.integers(2007, 2010, 90),
    }
)
WORDS.loc[::9, "n"] = np.nan
NUMBERS = pd.DataFrame(RANDOM.normal(size=(90, 3)), columns=["a", "b", "c"])
TWO = np.where(NUMBERS["a"] > 0, "yes", "no")
THREE = np.array(["low", "mid", "high"])[np.digitize(NUMBERS["a"] + NUMBERS["b"], [-0.5, 0.5])]
MEMBERS = [("bayes", GaussianNB()), ("line", make_pipeline(StandardScaler(), LogisticRegression()))]


def assert_lean(model: LoadedModel, form: type | None = None) -> None:
    """Compare all methods on the probes that a model was not proved on: its sample, alone and together."""
    assert isinstance(model.engine, LeanEngine), model.serving.engine.reason
    assert form is None or isinstance(model.engine.form, form)
    methods = {method for output in model.outputs.values() for method in output.calls(output.request({}))}
    plain = PlainEngine(model.estimator, model.signature)
    sample = NUMBERS if model.signature.features[0].source == "a" else WORDS
    columns = [[None if pd.isna(value) else value for value in sample[name].tolist()] for name in sample]
    for start, stop in ((0, 1), (3, 11), (0, 90)):
        some = [column[start:stop] for column in columns]
        check_same(plain.ask(some, stop - start, methods), model.ask(some, stop - start, methods))


def of_words(sex: Any, town: Any) -> Any:
    """Return a pipeline with a step for each column of words, beside two of numbers."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    columns = make_column_transformer((numbers, ["n"]), (sex, ["sex"]), (town, ["town"]), (StandardScaler(), ["year"]))
    return make_pipeline(columns, LogisticRegression())


FREQUENT = SimpleImputer(strategy="most_frequent")


@pytest.mark.parametrize(
    ("sex", "town"),
    [
        (make_pipeline(FREQUENT, OneHotEncoder()), OneHotEncoder(handle_unknown="ignore")),
        (OneHotEncoder(drop="first", sparse_output=False), OneHotEncoder(drop="if_binary")),
        (OrdinalEncoder(), OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)),
        (make_pipeline(FREQUENT, OneHotEncoder(max_categories=2)), OneHotEncoder(handle_unknown="infrequent_if_exist")),
    ],
    ids=["one hot", "dropped", "ordinal", "infrequent"],
)
@pytest.mark.filterwarnings("ignore:Found unknown categories")
def test_words_are_looked_up_as_the_encoders_do(load: Load, sex: Any, town: Any) -> None:
    if isinstance(sex, OrdinalEncoder):
        sex = OrdinalEncoder(encoded_missing_value=-7)
    model = load(of_words(sex, town).fit(WORDS, TWO), sample=WORDS)
    assert_lean(model)
    assert isinstance(model.engine, LeanEngine)
    assert model.engine.form.takes_columns


def test_a_word_that_is_to_be_refused_is_refused_by_the_estimator_itself(load: Load) -> None:
    model = load(of_words(make_pipeline(FREQUENT, OneHotEncoder()), OneHotEncoder()).fit(WORDS, TWO), sample=WORDS)
    with pytest.raises(ValueError, match=r"Found unknown categories \['nowhere'\]"):
        model.ask([[1.0], ["f"], ["nowhere"], [2008]], 1, ["predict"])


def test_a_pipeline_of_words_calls_nobody() -> None:
    pipeline = of_words(make_pipeline(FREQUENT, OneHotEncoder()), OneHotEncoder()).fit(WORDS, TWO)
    assert not form_of(pipeline).calls


def test_a_sparse_answer_that_stays_sparse_is_the_encoders_own() -> None:
    encoder = OneHotEncoder().fit(WORDS[["town"]])
    assert isinstance(form_of(encoder), Called)
    assert isinstance(form_of(encoder, is_dense=True), OneHot)
    assert isinstance(form_of(OneHotEncoder(sparse_output=False).fit(WORDS[["town"]])), OneHot)


@pytest.mark.parametrize(
    ("estimator", "form"),
    [
        (SimpleImputer().fit(NUMBERS), FilledNumbers),
        (SimpleImputer(strategy="most_frequent").fit(WORDS[["sex"]]), FilledWords),
        (SimpleImputer(add_indicator=True).fit(NUMBERS), Called),
        (SimpleImputer(missing_values=0.0).fit(NUMBERS), Called),
        (OrdinalEncoder().fit(WORDS[["town"]]), Ordinal),
        (OrdinalEncoder(min_frequency=50).fit(WORDS[["town"]]), Called),
        (VotingClassifier(MEMBERS).fit(NUMBERS, TWO), Called),
    ],
)
def test_what_a_form_cannot_do_is_done_by_the_estimator(estimator: Any, form: type) -> None:
    assert isinstance(form_of(estimator), form)


@pytest.mark.parametrize("target", [TWO, THREE], ids=["two", "three"])
@pytest.mark.parametrize(
    ("estimator", "form"),
    [
        (CalibratedClassifierCV(GaussianNB(), cv=2), Calibrated),
        (CalibratedClassifierCV(MEMBERS[1][1], cv=2, method="temperature", ensemble=False), Calibrated),
        (BaggingClassifier(GaussianNB(), 3, random_state=0), Probable),
        (VotingClassifier(MEMBERS, voting="soft"), Probable),
        (GradientBoostingClassifier(n_estimators=5), Boosted),
        (HistGradientBoostingClassifier(max_iter=5), Boosted),
        (StackingClassifier(MEMBERS, cv=2), Stacked),
    ],
    ids=lambda one: type(one).__name__ if not isinstance(one, type) else "",
)
def test_what_several_methods_need_is_computed_once(load: Load, estimator: Any, form: type, target: Any) -> None:
    model = load(estimator.fit(NUMBERS, target), sample=NUMBERS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of names that a member knows and is not given
        assert_lean(model, form)


def test_stacked_regressors_share_what_stands_below(load: Load) -> None:
    estimator = StackingRegressor([("line", LinearRegression())], Ridge(), cv=2)
    assert_lean(load(estimator.fit(NUMBERS, NUMBERS["a"] * 2), sample=NUMBERS), Stacked)


def test_naive_bayes_of_counted_words_multiplies_once(load: Load) -> None:
    texts = pd.DataFrame({"text": ["one two", "two three", "three one one", "four"] * 10})
    estimator = make_pipeline(CountVectorizer(), MultinomialNB()).fit(texts["text"], ["a", "b", "c", "c"] * 10)
    model = load(estimator, sample=texts)
    assert isinstance(model.engine, LeanEngine)
    assert isinstance(form_of(estimator[-1]), Bayes)
    plain, methods = PlainEngine(model.estimator, model.signature), ["predict", "predict_proba"]
    columns = [["one", "", "two three four unknown"]]
    check_same(plain.ask(columns, 3, methods), model.ask(columns, 3, methods))


def test_a_form_that_only_transforms_predicts_nothing_and_the_other_way_round() -> None:
    with pytest.raises(NotLean):
        form_of(SimpleImputer().fit(NUMBERS)).answers(NUMBERS.to_numpy(), ["predict"])
    with pytest.raises(NotLean):
        form_of(Ridge().fit(NUMBERS, NUMBERS["a"])).transform([])


class SlowWithArrays(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Is quick with the frames of its training only."""

    def fit(self, rows: pd.DataFrame, target: Any) -> SlowWithArrays:
        """Keep the names."""
        del target
        self.feature_names_in_ = np.array(rows.columns, dtype=object)
        self.n_features_in_ = rows.shape[1]
        return self

    def predict(self, rows: Any) -> Any:
        """Answer the first column."""
        if isinstance(rows, pd.DataFrame):
            return rows["a"].to_numpy()
        time.sleep(0.003)
        return rows[:, 0]


def test_a_lean_call_that_takes_longer_is_not_taken(load: Load) -> None:
    model = load(SlowWithArrays().fit(NUMBERS, NUMBERS["a"]), sample=NUMBERS)
    assert isinstance(model.engine, PlainEngine)
    assert "answers the same bits, but takes" in model.serving.engine.reason
    assert model.serving.engine.reason.endswith("times as long for 1 row.")
