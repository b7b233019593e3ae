"""A conversion to ONNX answers only where it was proved to answer as the estimator does."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import ExtraTreesRegressor, IsolationForest, RandomForestClassifier, RandomForestRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from inference.engines.cache import Cache
from inference.engines.onnx.bounds import TooLong, within
from inference.engines.onnx.engine import OnnxEngine
from inference.engines.onnx.rewriting import rewritten
from inference.engines.options import EngineName, EngineOptions
from inference.engines.plain import PlainEngine
from inference.engines.proof import Unequal, largest_difference
from inference.errors import LoadFailed
from inference.info import EngineKind, Limits
from inference.loader import load_models
from inference.outputs.answers import DECISION_FUNCTION, PREDICT, PREDICT_PROBA

if TYPE_CHECKING:
    from inference.model import LoadedModel
    from tests.conftest import ModelsFolder

    Convert = Callable[..., LoadedModel]

RANDOM = np.random.default_rng(0)
ROWS = pd.DataFrame(RANDOM.normal(size=(120, 3)).round(2), columns=["a", "b", "c"])
CLASSES = np.array(["low", "mid", "high"])[np.digitize(ROWS["a"] + ROWS["b"], [-0.5, 0.5])]
TARGET = ROWS["a"] * 3 - ROWS["b"]
FOREST = RandomForestRegressor(60, random_state=0).fit(ROWS, TARGET)
LINE = make_pipeline(StandardScaler(), LogisticRegression()).fit(ROWS, CLASSES)


@pytest.fixture
def convert(models_folder: ModelsFolder) -> Convert:
    """Save an estimator, and load it with an engine and a cache."""

    def load(
        estimator: Any, asked: EngineName = "onnx", cache: Path | None = None, sample: pd.DataFrame = ROWS, **card: Any
    ) -> LoadedModel:
        models_folder.add("m", estimator, sample=sample, card=card or None)
        limits = Limits(max_rows=1000, deadline_seconds=30)
        options = EngineOptions(asked, Cache(cache) if cache else None)
        (model,) = load_models(models_folder.path, limits, engines=options).loaded
        return model

    return load


def plain(model: LoadedModel) -> PlainEngine:
    """Return the reference."""
    return PlainEngine(model.estimator, model.signature)


def assert_alike(model: LoadedModel, columns: list[list[Any]], methods: list[str]) -> None:
    """Compare a model with the plain call of its estimator."""
    count = len(columns[0])
    expected, answered = plain(model).ask(columns, count, methods), model.ask(columns, count, methods)
    for method in methods:
        assert answered[method].dtype == expected[method].dtype
        assert largest_difference(method, expected[method], answered[method]) <= 1e-5


def test_a_forest_goes_to_onnx_by_itself_with_its_figures(convert: Convert) -> None:
    model = convert(FOREST, "auto")
    engine = model.serving.engine
    assert engine.kind is EngineKind.ONNX
    assert engine.rows_probed >= 2000
    assert 0 < engine.largest_difference <= 1e-5
    assert engine.speedup > 2
    assert "times as fast as the lean call for 1 row" in engine.reason
    assert_alike(model, [ROWS[name].tolist() for name in ROWS], [PREDICT])


def test_values_on_a_trees_threshold_take_the_branch_that_they_take_in_scikit_learn(convert: Convert) -> None:
    model = convert(FOREST)
    assert isinstance(model.engine, OnnxEngine)
    thresholds = np.unique(np.concatenate([tree.tree_.threshold for tree in FOREST.estimators_]))[:2000]
    near = np.concatenate([np.nextafter(thresholds.astype(np.float32), np.float32(end)) for end in (-9, 9)])
    values = np.concatenate([thresholds, near.astype(float)]).tolist()
    assert_alike(model, [values, values, values], [PREDICT])


def test_thresholds_of_32_bits_ask_the_same_of_values_of_32_bits() -> None:
    narrow = rewritten(FOREST, wide=False)
    values = np.unique(np.concatenate([tree.tree_.threshold for tree in FOREST.estimators_])).astype(np.float32)
    rows = np.column_stack([values, values, values])
    assert [tree.predict(rows).tolist() for tree in narrow.estimators_] == [
        tree.predict(rows).tolist() for tree in FOREST.estimators_
    ]
    kept = FOREST.estimators_[0].tree_.threshold
    assert (narrow.estimators_[0].tree_.threshold <= kept).all()


def test_what_the_graph_lacks_is_answered_natively_beside_it(convert: Convert) -> None:
    model = convert(LINE)
    assert isinstance(model.engine, OnnxEngine)
    assert set(model.engine.outputs) == {PREDICT, PREDICT_PROBA}
    assert_alike(model, [ROWS[name].tolist() for name in ROWS], [PREDICT, PREDICT_PROBA, DECISION_FUNCTION])


def test_rows_outside_the_proof_and_missing_values_are_the_estimators_own(convert: Convert) -> None:
    model = convert(FOREST)
    engine = model.engine
    assert isinstance(engine, OnnxEngine)
    far: list[list[Any]] = [[1e6], [0.0], [0.0]]
    missing: list[list[Any]] = [[None], [0.0], [0.0]]
    assert engine.answer(far, 1, engine.outputs) is None
    assert engine.answer(missing, 1, engine.outputs) is None
    for columns in (far, missing):
        assert model.ask(columns, 1, [PREDICT])[PREDICT] == plain(model).ask(columns, 1, [PREDICT])[PREDICT]


def test_rows_beside_those_are_the_graphs_all_the_same(convert: Convert) -> None:
    model = convert(FOREST)
    engine = model.engine
    assert isinstance(engine, OnnxEngine)
    asked = _Asked(engine.native)
    columns: list[list[Any]] = [ROWS[name].tolist() for name in ROWS]
    columns[0][3], columns[1][7] = 1e6, None
    answers = replace(engine, native=asked).ask(columns, len(ROWS), [PREDICT])
    assert answers[PREDICT] == pytest.approx(plain(model).ask(columns, len(ROWS), [PREDICT])[PREDICT], rel=1e-5)
    assert asked.counts == [2]


class _Asked:
    """An engine that notes how many rows it is asked about."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.counts: list[int] = []

    def ask(self, columns: Any, count: int, methods: Any) -> Any:
        self.counts.append(count)
        return self._engine.ask(columns, count, methods)


def test_columns_of_words_are_inputs_of_their_own(convert: Convert) -> None:
    rows = ROWS.assign(word=np.where(ROWS["a"] > 0, "x", "y"))
    words = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    transform = make_column_transformer((StandardScaler(), ["a", "b", "c"]), (words, ["word"]))
    model = convert(make_pipeline(transform, LogisticRegression()).fit(rows, CLASSES), sample=rows)
    assert isinstance(model.engine, OnnxEngine)
    assert_alike(model, [[0.5, 1.0], [0.1, 2.0], [0.0, 1.0], ["x", "never seen"]], [PREDICT, PREDICT_PROBA])


def test_a_card_that_asks_for_native_rules(convert: Convert) -> None:
    assert convert(FOREST, "onnx", engine="native").serving.engine.kind is EngineKind.NATIVE


@pytest.mark.parametrize(
    ("estimator", "why"),
    [
        (IsolationForest(n_estimators=5, random_state=0).fit(ROWS), "slower than the forest"),
        (NearestNeighbors().fit(ROWS), "none of its graph's outputs|cannot convert"),
    ],
    ids=["isolation", "neighbours"],
)
def test_onnx_that_is_asked_for_and_impossible_stops_the_start(convert: Convert, estimator: Any, why: str) -> None:
    with pytest.raises(LoadFailed, match=why) as by_setting:
        convert(estimator)
    assert "Start with --engine auto" in str(by_setting.value)
    with pytest.raises(LoadFailed, match=rf"card\.yaml: engine: onnx: .*({why})") as by_card:
        convert(estimator, "native", engine="onnx")
    assert "Write auto or native" in str(by_card.value)


def test_auto_says_why_a_model_stays_native(convert: Convert) -> None:
    texts = pd.DataFrame({"text": ["one two", "two three"] * 10})
    estimator = make_pipeline(TfidfVectorizer(analyzer="char"), LogisticRegression())
    model = convert(estimator.fit(texts["text"], [0, 1] * 10), "auto", sample=texts)
    assert model.serving.engine.kind is EngineKind.NATIVE
    assert "takes texts apart by words only" in model.serving.engine.reason


@pytest.mark.parametrize("library", ["skl2onnx", "onnxruntime"])
def test_where_the_extra_is_missing_models_stay_native_and_that_is_not_kept(
    convert: Convert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)  # what an import that fails leaves behind
    cache = tmp_path / "cache"
    reason = convert(FOREST, "auto", cache).serving.engine.reason
    assert reason.endswith(f"It has no ONNX graph: {library} is not installed; predictql[onnx] brings it.")
    assert len([*cache.iterdir()]) == 1  # the proof of the lean call


def test_a_conversion_is_made_once(convert: Convert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "cache"
    first = convert(RandomForestClassifier(20, random_state=0).fit(ROWS, CLASSES), cache=cache)
    monkeypatch.setitem(sys.modules, "skl2onnx", None)  # from here on it cannot be imported
    second = load_models(
        cache.parent / "models", Limits(max_rows=9, deadline_seconds=9), engines=EngineOptions("onnx", Cache(cache))
    ).loaded[0]
    assert isinstance(second.engine, OnnxEngine)
    assert second.serving.engine == first.serving.engine
    assert_alike(second, [ROWS[name].tolist() for name in ROWS], [PREDICT, PREDICT_PROBA])
    kept = [*cache.iterdir()]  # the graph, and the proof of the lean call
    assert len(kept) == 2
    assert not any(file.stat().st_mode & 0o077 for file in kept)


def test_a_conversion_that_would_take_too_long_is_not_begun(convert: Convert) -> None:
    rows = pd.DataFrame(RANDOM.random((4000, 2)), columns=["a", "b"])
    forest = ExtraTreesRegressor(70, random_state=0).fit(rows, RANDOM.random(4000))
    engine = convert(forest, "auto", sample=rows.head(50)).serving.engine
    assert engine.kind is EngineKind.NATIVE
    assert re.search(r"its trees have \d{3},\d{3} nodes, and more than 500,000 take too long", engine.reason)


def test_what_takes_too_long_is_stopped() -> None:
    def endless() -> None:
        while True:
            len(str(0))

    with pytest.raises(TooLong):
        within(0.02, endless)
    assert sys.getprofile() is None
    assert within(20, lambda: 5) == 5


@pytest.mark.parametrize(
    ("expected", "answered", "difference"),
    [
        ([1.0, 100.0], [1.0, 101.0], 0.01),
        ([0.0, 100.0], [0.001, 100.0], 0.01),  # beside a number of 100, zero is measured by 0.1
        ([1.0, np.nan], [1.0, np.nan], 0.0),
        (["a"], ["a"], 0.0),
    ],
)
def test_a_difference_is_relative_to_the_number(expected: list[Any], answered: list[Any], difference: float) -> None:
    assert largest_difference("m", np.array(expected), np.array(answered)) == pytest.approx(difference)


@pytest.mark.parametrize(
    ("expected", "answered"), [(["a", "b"], ["a", "a"]), ([1.0, 2.0], [1.0, np.nan]), ([1.0], [[1.0]])]
)
def test_other_labels_gaps_and_shapes_are_unequal(expected: list[Any], answered: list[Any]) -> None:
    with pytest.raises(Unequal):
        largest_difference("m", np.array(expected), np.array(answered))
