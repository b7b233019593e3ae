"""What clusterers, outlier detectors and transformers answer is what the estimators answer."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import Birch, KMeans, MeanShift, MiniBatchKMeans
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import IsolationForest
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.kernel_approximation import RBFSampler
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import LocalOutlierFactor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import OneClassSVM

from inference.card import Task
from inference.errors import ErrorCode, LoadFailed
from inference.outputs.output import FLOAT, ListOf, OutputRequest, Record
from inference.predictions import Predictions

if TYPE_CHECKING:
    from inference.model import LoadedModel

Load = Callable[..., "LoadedModel"]
Ask = Callable[..., Predictions]


def column(predictions: Predictions, name: str) -> list[Any]:
    assert predictions.errors == ()
    return predictions.columns[OutputRequest(name)]


def names(model: LoadedModel, output: str) -> list[str]:
    record = model.outputs[output].type
    assert isinstance(record, Record)
    return [member.source for member in record.members]


@pytest.mark.parametrize(
    "estimator",
    [
        KMeans(4, n_init=1, random_state=0),
        MiniBatchKMeans(3, n_init=1, random_state=0),
        make_pipeline(StandardScaler(), KMeans(2, n_init=1, random_state=0)),
        Birch(n_clusters=3),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_a_cluster_comes_with_the_distances_to_all(load: Load, ask: Ask, rows: pd.DataFrame, estimator: Any) -> None:
    fitted = estimator.fit(rows)
    model = load(fitted, sample=rows)
    assert model.serving.task is Task.CLUSTERING
    assert list(model.outputs) == ["cluster", "distances"]
    got = ask(rows, "cluster", "distances")
    assert column(got, "cluster") == fitted.predict(rows).tolist()
    assert column(got, "distances") == fitted.transform(rows).tolist()
    assert {type(cluster) for cluster in column(got, "cluster")} == {int}


def test_a_cluster_without_distances_is_a_cluster(load: Load, ask: Ask, rows: pd.DataFrame) -> None:
    fitted = MeanShift(bandwidth=2).fit(rows)
    model = load(fitted, sample=rows)
    assert list(model.outputs) == ["cluster"]
    assert column(ask(rows, "cluster"), "cluster") == fitted.predict(rows).tolist()


def test_a_mixture_says_which_part_a_row_belongs_to_and_how_probably(load: Load, ask: Ask, rows: pd.DataFrame) -> None:
    fitted = GaussianMixture(2, random_state=0).fit(rows)
    model = load(fitted, sample=rows)
    assert model.serving.task is Task.CLUSTERING
    assert list(model.outputs) == ["cluster", "probability", "probability_vector", "score"]
    got = ask(rows, *model.outputs)
    assert column(got, "cluster") == fitted.predict(rows).tolist()
    assert column(got, "probability") == fitted.predict_proba(rows).max(axis=1).tolist()
    assert column(got, "probability_vector") == fitted.predict_proba(rows).tolist()
    assert column(got, "score") == fitted.score_samples(rows).tolist()


@pytest.mark.parametrize(
    "estimator",
    [
        IsolationForest(n_estimators=10, random_state=0),
        LocalOutlierFactor(5, novelty=True),
        OneClassSVM(nu=0.1),
        make_pipeline(StandardScaler(), IsolationForest(n_estimators=10, random_state=0)),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")  # LocalOutlierFactor drops them itself
def test_an_outlier_comes_with_its_scores(load: Load, ask: Ask, rows: pd.DataFrame, estimator: Any) -> None:
    fitted = estimator.fit(rows[:100])
    model = load(fitted, sample=rows)
    assert model.serving.task is Task.OUTLIER_DETECTION
    assert list(model.outputs)[:3] == ["is_outlier", "score", "decision"]
    got = ask(rows, "is_outlier", "score", "decision")
    assert column(got, "is_outlier") == (fitted.predict(rows) == -1).tolist()
    assert set(column(got, "is_outlier")) == {True, False}
    assert column(got, "score") == fitted.score_samples(rows).tolist()
    assert column(got, "decision") == fitted.decision_function(rows).tolist()


def test_an_outlier_detector_that_cannot_tell_new_rows_is_refused(load: Load, rows: pd.DataFrame) -> None:
    with pytest.raises(LoadFailed, match="its LocalOutlierFactor was made with novelty=False"):
        load(LocalOutlierFactor(5).fit(rows))


@pytest.mark.parametrize("container", ["frame", "array"])
def test_a_transformed_row_has_a_number_for_each_named_column(
    load: Load, ask: Ask, rows: pd.DataFrame, container: str
) -> None:
    given = rows if container == "frame" else rows.to_numpy().copy()  # row by row in memory, as arrays are made
    fitted = PCA(2).fit(given)
    model = load(fitted)
    assert model.serving.task is Task.TRANSFORMATION
    assert list(model.outputs) == ["transformed", "vector", "score"]
    assert names(model, "transformed") == ["pca0", "pca1"]
    assert model.outputs["vector"].type == ListOf(FLOAT, 2)
    got = ask(given, "transformed", "vector")
    assert column(got, "transformed") == fitted.transform(given).tolist()
    assert column(got, "vector") == fitted.transform(given).tolist()


def test_columns_keep_the_names_that_the_transformer_gives_them(load: Load, ask: Ask, rows: pd.DataFrame) -> None:
    fitted = StandardScaler().fit(rows)
    assert names(load(fitted, sample=rows), "transformed") == ["a", "b", "c"]
    assert column(ask(rows, "transformed"), "transformed") == fitted.transform(rows).tolist()


def test_columns_are_named_by_the_card(load: Load, rows: pd.DataFrame) -> None:
    model = load(PCA(2).fit(rows), card="outputs: [{name: size, description: How large}, {}]")
    assert names(model, "transformed") == ["size", "column_1"]


def test_a_transformer_that_cannot_name_its_columns_gives_a_vector(load: Load, ask: Ask, rows: pd.DataFrame) -> None:
    fitted = make_pipeline(StandardScaler(), FunctionTransformer(np.cbrt)).fit(rows)
    model = load(fitted, sample=rows)
    assert list(model.outputs) == ["vector"]
    assert column(ask(rows, "vector"), "vector") == fitted.transform(rows).tolist()


@pytest.mark.parametrize(("width", "outputs"), [(32, ["transformed", "vector"]), (33, ["vector"])])
def test_more_than_32_columns_are_a_vector_only(
    load: Load, ask: Ask, rows: pd.DataFrame, width: int, outputs: list[str]
) -> None:
    fitted = RBFSampler(n_components=width, random_state=0).fit(rows)
    model = load(fitted, sample=rows)
    assert list(model.outputs) == outputs
    assert column(ask(rows, "vector"), "vector") == fitted.transform(rows).tolist()


TEXTS = [f"{word} is one of the words that stand in this text" for word in ("red", "green", "blue", "yellow")]


@pytest.mark.parametrize(
    "vectorizer", [TfidfVectorizer(analyzer="char", ngram_range=(1, 2)), HashingVectorizer(n_features=40)]
)
def test_sparse_columns_are_a_dense_vector(load: Load, ask: Ask, vectorizer: Any) -> None:
    fitted = vectorizer.fit(TEXTS)
    model = load(fitted)
    assert list(model.outputs) == ["vector"]
    assert column(ask(TEXTS, "vector"), "vector") == fitted.transform(TEXTS).toarray().tolist()


def test_more_columns_than_an_answer_can_hold_are_refused(load: Load) -> None:
    with pytest.raises(LoadFailed, match="answers 1048576 numbers for a row, and at most 16384 can be served"):
        load(HashingVectorizer().fit(TEXTS))


def test_a_million_columns_between_two_steps_stay_sparse(load: Load) -> None:
    fitted = make_pipeline(HashingVectorizer(), TruncatedSVD(2, random_state=0)).fit(TEXTS)
    tracemalloc.start()
    try:
        assert load(fitted).outputs["vector"].type == ListOf(FLOAT, 2)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 256 * 2**20  # the 64 rows by which its cost is measured would be 512 MB of zeros


def test_texts_become_a_few_numbers(load: Load, ask: Ask) -> None:
    fitted = make_pipeline(TfidfVectorizer(), TruncatedSVD(2, random_state=0)).fit(TEXTS)
    load(fitted)
    assert column(ask(TEXTS, "transformed"), "transformed") == fitted.transform(TEXTS).tolist()


def test_a_transformer_that_answers_frames_is_served_alike(load: Load, ask: Ask, rows: pd.DataFrame) -> None:
    fitted = make_pipeline(StandardScaler(), PCA(2)).set_output(transform="pandas").fit(rows)
    assert names(load(fitted, sample=rows), "transformed") == ["pca0", "pca1"]
    assert column(ask(rows, "transformed"), "transformed") == fitted.transform(rows).to_numpy().tolist()


def test_words_that_a_transformer_gives_back_stay_words(load: Load, ask: Ask) -> None:
    table = pd.DataFrame({"size": [1.0, 2.0, 4.0, 4.0], "colour": ["red", "blue", "red", None]})
    fitted = SimpleImputer(strategy="most_frequent").fit(table)
    load(fitted, sample=table)
    assert column(ask(table, "transformed"), "transformed") == fitted.transform(table).tolist()


def mixed(rows: pd.DataFrame) -> pd.DataFrame:
    """Give back a column of truth values, which makes the whole table one of objects, and the cube root's sign."""
    return pd.DataFrame({"large": rows["a"] > 1, "root": np.where(rows["a"] < 0, np.nan, rows["a"])})


def test_a_frame_of_several_types_is_numbers_all_the_same(load: Load, ask: Ask, rows: pd.DataFrame) -> None:
    load(FunctionTransformer(mixed).fit(rows), sample=rows.abs())
    got = ask(rows.abs(), "vector")
    assert column(got, "vector") == mixed(rows.abs()).to_numpy(dtype=float).tolist()


def test_nothing_that_is_not_finite_hides_among_objects(load: Load, ask: Ask, rows: pd.DataFrame) -> None:
    load(FunctionTransformer(mixed).fit(rows), sample=rows.abs())
    got = ask(rows, "vector")
    assert [error.index for error in got.errors] == np.flatnonzero(rows["a"] < 0).tolist()
    assert {error.code for error in got.errors} == {ErrorCode.NON_FINITE_OUTPUT}


def test_a_column_transformer_names_its_columns(load: Load, ask: Ask) -> None:
    table = pd.DataFrame({"size": [1.0, 2.0, 4.0], "colour": ["red", "blue", "red"]})
    parts = [("number", StandardScaler(), ["size"]), ("word", OneHotEncoder(), ["colour"])]
    fitted = ColumnTransformer(parts).fit(table)
    model = load(fitted, sample=table)
    assert names(model, "transformed") == ["number__size", "word__colour_blue", "word__colour_red"]
    assert column(ask(table, "transformed"), "transformed") == fitted.transform(table).tolist()
