"""Pipelines of words and texts go to ONNX with what their graphs cannot say kept out of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from inference.engines.cache import Cache
from inference.engines.onnx.engine import OnnxEngine
from inference.engines.onnx.feeds import MISSING, WholeFeeds
from inference.engines.onnx.rewriting import nested, rewritten
from inference.engines.onnx.step_feeds import StepFeeds
from inference.engines.options import EngineOptions
from inference.engines.plain import PlainEngine
from inference.engines.proof import largest_difference
from inference.engines.thresholds import all_trees_of
from inference.errors import LoadFailed
from inference.info import Limits
from inference.loader import load_models
from inference.outputs.answers import PREDICT, PREDICT_PROBA

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder

RANDOM = np.random.default_rng(3)
ROWS = pd.DataFrame(
    {
        "n": RANDOM.normal(size=120).round(2),
        "sex": RANDOM.choice(np.array(["f", "m", None]), 120),
        "town": RANDOM.choice(["a", "b", "c"], 120),
        "year": RANDOM.integers(2007, 2010, 120),
    }
)
ROWS.loc[::9, "n"] = np.nan
CLASSES = np.array(["low", "mid", "high"])[np.digitize(ROWS["n"].fillna(0) + (ROWS["town"] == "a"), [-0.5, 0.5])]
TEXTS = pd.DataFrame({"text": ["One two", "two three", "three one ONE", "four", "one four two two"] * 20})
OF_TEXTS = ["x", "y", "z", "z", "x"] * 20


def pipeline(encoder: Any, last: Any) -> Any:
    """Return an untrained pipeline that fills missing numbers and words in."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    words = make_pipeline(SimpleImputer(strategy="most_frequent"), encoder)
    return make_pipeline(
        make_column_transformer((numbers, ["n"]), (words, ["sex", "town"]), (StandardScaler(), ["year"])), last
    )


def engine_of(folder: ModelsFolder, estimator: Any, sample: pd.DataFrame = ROWS) -> OnnxEngine:
    """Save an estimator, load it for ONNX, and compare its answers with the plain call on the sample."""
    folder.add("m", estimator, sample=sample)
    limits = Limits(max_rows=1000, deadline_seconds=30)
    (model,) = load_models(folder.path, limits, engines=EngineOptions("onnx", None)).loaded
    engine = model.engine
    assert isinstance(engine, OnnxEngine)
    columns = [[None if pd.isna(value) else value for value in sample[name].tolist()] for name in sample]
    assert_alike(engine, PlainEngine(model.estimator, model.signature), columns)
    return engine


def assert_alike(engine: OnnxEngine, plain: PlainEngine, columns: list[list[Any]]) -> None:
    """Compare labels and probabilities with the plain call."""
    methods, count = [PREDICT, PREDICT_PROBA], len(columns[0])
    expected, answered = plain.ask(columns, count, methods), engine.ask(columns, count, methods)
    for method in methods:
        assert answered[method].dtype == expected[method].dtype
        assert largest_difference(method, expected[method], answered[method]) <= 1e-5


def test_missing_words_are_named_for_the_graph(models_folder: ModelsFolder) -> None:
    engine = engine_of(models_folder, pipeline(OneHotEncoder(), LogisticRegression()).fit(ROWS, CLASSES))
    assert isinstance(engine.feeds, WholeFeeds)
    assert engine.answer([[None], [None], ["a"], [2008]], 1, engine.outputs) is not None
    # Somebody writes what stands for missing: that is a word like any other, and the encoder's to refuse.
    assert engine.answer([[0.5], [MISSING], ["a"], [2008]], 1, engine.outputs) is None


def test_a_forest_behind_other_steps_has_a_graph_of_its_own(models_folder: ModelsFolder) -> None:
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    forest = RandomForestClassifier(20, random_state=0)
    engine = engine_of(models_folder, pipeline(encoder, forest).fit(ROWS, CLASSES))
    assert isinstance(engine.feeds, StepFeeds)
    assert engine.answer([[None], [None], ["never seen"], [2008]], 1, engine.outputs) is not None


def test_a_kept_graph_of_a_last_step_comes_back(models_folder: ModelsFolder, tmp_path: Path) -> None:
    estimator = make_pipeline(StandardScaler(), DecisionTreeClassifier(max_depth=3, random_state=0))
    rows = ROWS[["n", "year"]].fillna(0)
    models_folder.add("m", estimator.fit(rows, CLASSES), sample=rows)
    options = EngineOptions("onnx", Cache(tmp_path / "cache"))
    for _ in range(2):
        (model,) = load_models(models_folder.path, Limits(9, 9.0), engines=options).loaded
        assert isinstance(model.engine, OnnxEngine)
        assert isinstance(model.engine.feeds, StepFeeds)
        plain = PlainEngine(model.estimator, model.signature)
        assert_alike(model.engine, plain, [[0.5, -1.0, 0.1], [2007, 2008, 2009]])


def test_where_two_classes_are_as_probable_the_estimator_decides(models_folder: ModelsFolder) -> None:
    rows = pd.DataFrame({"a": np.repeat([0.0, 1.0, 2.0], 40)})
    classes = np.where(np.arange(120) % 2, "odd", "even")  # of each value, half of the rows
    tree = DecisionTreeClassifier(random_state=0).fit(rows, classes)
    engine = engine_of(models_folder, tree, rows)
    output = engine.outputs[PREDICT]
    assert output.classes is not None
    undecided = output.undecided(np.array([[0.5, 0.5], [0.9, 0.1]]))
    assert undecided is not None
    assert undecided.tolist() == [0]
    assert engine.ask([[0.0, 1.0]], 2, [PREDICT])[PREDICT].tolist() == tree.predict(rows.iloc[[0, 40]]).tolist()


@pytest.mark.parametrize(
    "estimator",
    [make_pipeline(TfidfVectorizer(), LogisticRegression()), make_pipeline(CountVectorizer(), MultinomialNB())],
    ids=["tfidf", "counted"],
)
def test_texts_of_ascii_go_to_the_graph_in_small_letters(models_folder: ModelsFolder, estimator: Any) -> None:
    engine = engine_of(models_folder, estimator.fit(TEXTS["text"], OF_TEXTS), TEXTS)
    assert engine.answer([["TWO Three one"]], 1, engine.outputs) is not None
    assert engine.answer([["zwei für eins"]], 1, engine.outputs) is None


def test_what_is_rewritten_is_a_copy() -> None:
    estimator = pipeline(OneHotEncoder(), RandomForestClassifier(3, random_state=0)).fit(ROWS, CLASSES)
    copied = rewritten(estimator, wide=False)
    named = [one.missing_values for one in nested(copied) if isinstance(one, SimpleImputer)]
    assert MISSING in named
    assert MISSING not in [one.missing_values for one in nested(estimator) if isinstance(one, SimpleImputer)]
    assert len(all_trees_of(estimator)) == 3
    assert rewritten(estimator[-1], wide=True) is estimator[-1]


def test_boosting_by_histograms_stays_native_with_its_reason(models_folder: ModelsFolder) -> None:
    rows = ROWS[["n", "year"]]
    estimator = HistGradientBoostingRegressor(max_iter=3).fit(rows, rows["year"])
    with pytest.raises(LoadFailed, match="compares numbers of 64 bits, and trees in ONNX those of 32"):
        engine_of(models_folder, estimator, rows)
