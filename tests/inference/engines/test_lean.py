"""The lean call of an estimator answers the bits of its plain call, or gives way to it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, RobustScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from inference.engines.lean.engine import LeanEngine
from inference.engines.lean.form import Called
from inference.engines.lean.names import without_names
from inference.engines.lean.trees import Forest
from inference.engines.plain import PlainEngine
from inference.engines.proof import Unequal, check_same
from inference.info import Limits
from inference.loader import load_models
from inference.outputs.answers import PREDICT, PREDICT_PROBA, Answers

if TYPE_CHECKING:
    from inference.model import LoadedModel

    Load = Callable[..., LoadedModel]

# Numbers so large that they overflow do so in the plain call, too.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

RANDOM = np.random.default_rng(0)
ROWS = pd.DataFrame(RANDOM.normal(size=(80, 3)), columns=["a", "b", "c"])
CLASSES = np.array(["low", "mid", "high"])[np.digitize(ROWS["a"] + ROWS["b"], [-0.5, 0.5])]
TWO = np.where(ROWS["a"] > 0, "yes", "no")
TARGET = ROWS["a"] * 3 - ROWS["b"] + RANDOM.normal(size=80)

WHOLE = {
    "two classes": LogisticRegression().fit(ROWS, TWO),
    "three classes": LogisticRegression().fit(ROWS, CLASSES),
    "scaled": make_pipeline(StandardScaler(), LogisticRegression()).fit(ROWS, CLASSES),
    "scaled otherwise": make_pipeline(RobustScaler(), MinMaxScaler(), RidgeClassifier()).fit(ROWS, CLASSES),
    "passed through": Pipeline([("nothing", "passthrough"), ("ridge", Ridge())]).fit(ROWS, TARGET),
    "searched": GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=2).fit(ROWS, TARGET),
    "line": LinearRegression().fit(ROWS, TARGET),
    "two targets": LinearRegression().fit(ROWS, np.column_stack([TARGET, -TARGET])),
    "tree": DecisionTreeClassifier(random_state=0).fit(ROWS, CLASSES),
    "forest": RandomForestClassifier(12, random_state=0).fit(ROWS, CLASSES),
    "random trees": ExtraTreesClassifier(12, random_state=0).fit(ROWS, CLASSES),
    "regression forest": RandomForestRegressor(12, random_state=0).fit(ROWS, TARGET),
    "isolation": IsolationForest(n_estimators=12, random_state=0).fit(ROWS),
    "isolation of some columns": IsolationForest(n_estimators=12, max_features=2, random_state=0).fit(ROWS),
    "bayes": GaussianNB().fit(ROWS, CLASSES),
    "neighbours": KNeighborsClassifier(n_jobs=2).fit(ROWS, CLASSES),
    "bagged": BaggingClassifier(GaussianNB(), 3, random_state=0).fit(ROWS, CLASSES),
}
NUMBER = st.floats(-1e30, 1e30) | st.sampled_from([0.0, -0.0, 1e300, -1e300, 5e-324])


def every(model: LoadedModel) -> set[str]:
    """Return all methods that a model's outputs are made from."""
    return {method for output in model.outputs.values() for method in output.calls(output.request({}))}


def plain(model: LoadedModel) -> PlainEngine:
    """Return the reference."""
    return PlainEngine(model.estimator, model.signature)


@pytest.fixture(scope="module", params=WHOLE)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    """Load one of the models above."""
    folder = tmp_path_factory.mktemp("m")
    joblib.dump(WHOLE[request.param], folder / "model.joblib")
    ROWS.to_csv(folder / "sample.csv", index=False)
    (model,) = load_models(folder, Limits(max_rows=1000, deadline_seconds=30)).loaded
    return model


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(NUMBER, NUMBER, NUMBER), min_size=1, max_size=20))
def test_any_rows_have_the_bits_of_the_plain_call(whole: LoadedModel, rows: list[tuple[float, ...]]) -> None:
    columns = [list(values) for values in zip(*rows, strict=True)]
    try:
        expected = plain(whole).ask(columns, len(rows), every(whole))
    except ValueError:  # a number is too large for the estimator
        with pytest.raises(ValueError, match="too large"):
            whole.ask(columns, len(rows), every(whole))
    else:
        check_same(expected, whole.ask(columns, len(rows), every(whole)))


def test_all_of_them_are_called_leanly(whole: LoadedModel) -> None:
    assert isinstance(whole.engine, LeanEngine)
    assert whole.serving.engine.rows_probed == 256
    assert whole.serving.engine.largest_difference == 0


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_one_method_alone_is_the_same(load: Load, method: str) -> None:
    model = load(WHOLE["forest"], sample=ROWS)
    columns = [ROWS[name].tolist() for name in ROWS]
    expected = plain(model).ask(columns, len(ROWS), [method])
    check_same(expected, model.ask(columns, len(ROWS), [method]))


def test_columns_of_words_and_numbers_need_no_frame(load: Load) -> None:
    rows = ROWS.assign(word=np.where(RANDOM.random(80) < 0.5, "x", "y"), whole=RANDOM.integers(0, 5, 80))
    rows.loc[::7, ["a", "word"]] = np.nan
    words = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    transform = make_column_transformer((numbers, ["a", "b"]), (words, ["word"]), remainder="passthrough")
    model = load(make_pipeline(transform, LogisticRegression()).fit(rows, CLASSES), sample=rows)
    assert isinstance(model.engine, LeanEngine)
    assert model.engine.form.takes_columns
    columns: list[list[Any]] = [[1.5, None], [0.0, 2.0], [3.0, -1.0], ["never seen", None], [2, 3]]
    check_same(plain(model).ask(columns, 2, every(model)), model.ask(columns, 2, every(model)))


def test_a_text_in_a_column_of_its_own_is_given_as_a_list(load: Load) -> None:
    rows = pd.DataFrame({"text": ["one two", "two three", "three one one"] * 5, "n": np.arange(15.0)})
    transform = make_column_transformer((TfidfVectorizer(), "text"), (StandardScaler(), ["n"]))
    model = load(make_pipeline(transform, Ridge()).fit(rows, rows["n"]), sample=rows)
    assert isinstance(model.engine, LeanEngine)
    columns: list[list[Any]] = [["one three", ""], [4.0, 5.0]]
    check_same(plain(model).ask(columns, 2, [PREDICT]), model.ask(columns, 2, [PREDICT]))


class InOneProcess(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Answers in one process alone, with its id."""

    def __init__(self, process: int = 0) -> None:
        self.process = process

    def fit(self, _: Any, __: Any = None) -> Any:
        """Learn nothing."""
        return self

    def predict(self, rows: Any) -> Any:
        """Return one number for each row."""
        if os.getpid() != self.process:
            raise RuntimeError("it is another process")
        return np.full(len(rows), float(self.process))


def test_an_ensemble_with_jobs_is_loaded_and_called_in_this_process(load: Load) -> None:
    ensemble = BaggingRegressor(InOneProcess(os.getpid()), n_estimators=4, n_jobs=2).fit(ROWS, TARGET)
    model = load(ensemble, sample=ROWS)
    answers = PlainEngine(model.estimator, model.signature).ask(ROWS.to_numpy().T.tolist(), len(ROWS), {PREDICT})
    assert set(answers[PREDICT]) == {float(os.getpid())}


def test_what_lies_far_outside_the_proof_is_answered_by_the_plain_call(load: Load) -> None:
    model = load(WHOLE["tree"], sample=ROWS)
    engine = model.engine
    assert isinstance(engine, LeanEngine)
    assert engine.answer([[1e9], [0.0], [0.0]], 1, [PREDICT]) is None
    assert engine.answer([[1.0], [0.0], [0.0]], 1, [PREDICT]) is not None
    with pytest.raises(ValueError, match="too large for dtype"):
        model.ask([[1e300], [0.0], [0.0]], 1, [PREDICT])


@pytest.mark.parametrize("length", [3, 20])
def test_vectors_may_come_as_an_array_and_limits_spare_a_look_at_them(load: Load, length: int) -> None:
    rows = RANDOM.uniform(0, 16, size=(80, length))
    card = {"features": {"x": {"type": "vector", "min": 0, "max": 16}}}
    for estimator in (LogisticRegression(), SVC(), make_pipeline(StandardScaler(copy=False), Ridge())):
        target = TARGET if hasattr(estimator, "steps") else CLASSES
        model = load(estimator.fit(rows.copy(), target), card=card)
        engine = model.engine
        assert isinstance(engine, LeanEngine)
        assert engine.always_inside
        before = rows.copy()
        columns: list[Any] = [rows]
        answered = engine.answer(columns, 80, every(model))
        assert answered is not None
        check_same(plain(model).ask([rows.tolist()], 80, every(model)), answered)
        assert rows.tobytes() == before.tobytes()


def test_a_method_that_was_not_proved_is_called_plainly_beside_one_that_was(load: Load) -> None:
    model = load(WHOLE["neighbours"], sample=ROWS)
    columns = [ROWS[name].tolist() for name in ROWS]
    wanted = [PREDICT, "kneighbors(7)"]
    check_same(plain(model).ask(columns, 80, wanted), model.ask(columns, 80, wanted))


def test_a_pipeline_that_answers_frames_is_called_plainly(load: Load) -> None:
    estimator = make_pipeline(StandardScaler(), Ridge()).set_output(transform="pandas").fit(ROWS, TARGET)
    model = load(estimator, sample=ROWS)
    assert isinstance(model.engine, PlainEngine)
    assert model.serving.engine.reason == "No leaner call of it answers the same bits."
    assert model.serving.engine.speedup == 1


class ReadsNames(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Needs the frame that it was fitted on."""

    def fit(self, rows: pd.DataFrame, target: Any) -> ReadsNames:
        """Keep the names."""
        del target
        self.feature_names_in_ = np.array(rows.columns, dtype=object)
        self.n_features_in_ = rows.shape[1]
        return self

    def predict(self, rows: pd.DataFrame) -> Any:
        """Answer a column."""
        return rows["b"].to_numpy()


def test_an_estimator_that_needs_a_frame_is_given_one(load: Load) -> None:
    model = load(ReadsNames().fit(ROWS, TARGET), sample=ROWS)
    assert isinstance(model.engine, PlainEngine)
    assert model.ask([[1.0], [2.0], [3.0]], 1, [PREDICT])[PREDICT].tolist() == [2.0]


def test_a_forest_with_several_targets_is_called_by_its_own_methods(load: Load) -> None:
    targets = np.column_stack([TARGET, -TARGET])
    model = load(RandomForestRegressor(5, random_state=0).fit(ROWS, targets), sample=ROWS)
    assert isinstance(model.engine, LeanEngine)
    assert isinstance(model.engine.form, Called)


def test_a_pipelines_forest_is_walked_once_for_labels_and_probabilities() -> None:
    forest = WHOLE["forest"]
    made = Forest(forest, forest.estimators_).answers(ROWS.to_numpy(), {PREDICT, PREDICT_PROBA})
    assert made[PREDICT].tolist() == forest.predict(ROWS).tolist()
    assert made[PREDICT_PROBA].tolist() == forest.predict_proba(ROWS).tolist()


def test_a_copy_without_names_shares_what_was_learnt_and_leaves_the_estimator_as_it_was() -> None:
    searched = GridSearchCV(RandomForestClassifier(3, n_jobs=4, random_state=0), {"max_depth": [2]}, cv=2)
    searched.fit(ROWS, CLASSES)
    copy = without_names(searched)
    assert not hasattr(copy, "feature_names_in_")
    assert not hasattr(copy.best_estimator_, "feature_names_in_")
    assert copy.best_estimator_.n_jobs == 1
    assert copy.best_estimator_.estimators_[0].tree_ is searched.best_estimator_.estimators_[0].tree_
    assert list(searched.feature_names_in_) == ["a", "b", "c"]
    assert searched.best_estimator_.n_jobs == 4


@pytest.mark.parametrize(
    ("answered", "why"),
    [
        (np.array([1.0, np.nextafter(2.0, 3.0)]), "not the same bits"),
        (np.array([1.0, 2.0], dtype=np.float32), "float32"),
        (np.array([[1.0, 2.0]]), r"\(1, 2\)"),
    ],
)
def test_the_last_bit_counts(answered: Any, why: str) -> None:
    with pytest.raises(Unequal, match=why):
        check_same(Answers({PREDICT: np.array([1.0, 2.0])}), Answers({PREDICT: answered}))


def test_zero_and_minus_zero_are_not_the_same() -> None:
    with pytest.raises(Unequal, match="bits"):
        check_same(Answers({PREDICT: np.array([0.0])}), Answers({PREDICT: np.array([-0.0])}))
