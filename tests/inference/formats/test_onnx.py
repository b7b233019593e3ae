"""ONNX graphs: what is served is what ONNX Runtime answers, and close to the estimator that was converted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
import pandas as pd
import pytest
import yaml
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.ensemble import BaggingClassifier, IsolationForest, RandomForestClassifier, StackingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from inference.card import Card, FeatureType, Task
from inference.errors import LoadFailed
from inference.formats.format import Artifact
from inference.formats.onnx import ONNX
from tests.inference.graphs import graph, softmax, tensor

if TYPE_CHECKING:
    from inference.model import LoadedModel
    from tests.conftest import ModelsFolder
    from tests.inference.conftest import Ask

RANDOM = np.random.default_rng(0)
ROWS = RANDOM.normal(size=(60, 3)).round(3)
WORDS = np.array(["u", "v", "w"])[np.arange(60) % 3]
TABLE = pd.DataFrame({"age": ROWS[:, 0] * 10, "visits": np.arange(60), "city": np.where(WORDS == "u", "Bern", "Chur")})


def read(content: bytes, **card: Any) -> Any:
    return ONNX.load(Artifact(Path("m/model.onnx"), content, Card(**card))).estimator


def put(folder: ModelsFolder, content: bytes, sample: pd.DataFrame | None = None, **card: Any) -> None:
    model = folder.path / "m"
    model.mkdir(exist_ok=True)
    (model / "model.onnx").write_bytes(content)
    (model / "card.yaml").write_text(yaml.safe_dump(card, sort_keys=False))
    if sample is not None:
        sample.to_csv(model / "sample.csv", index=False)


def load(folder: ModelsFolder, content: bytes, sample: pd.DataFrame | None = None, **card: Any) -> LoadedModel:
    put(folder, content, sample, **card)
    (model,) = folder.load().loaded
    return model


def converted(estimator: BaseEstimator, rows: Any, *, zipmap: bool = False) -> bytes:
    final = estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator
    options = {id(final): {"zipmap": zipmap}} if hasattr(final, "predict_proba") else None
    content: bytes = to_onnx(estimator, rows[:1], options=options).SerializeToString()
    return content


@pytest.mark.parametrize("zipmap", [False, True], ids=["tensor", "maps"])
@pytest.mark.parametrize("classes", [WORDS, np.array([7, -5, 900])[np.arange(60) % 3]], ids=["words", "numbers"])
@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        RandomForestClassifier(n_estimators=5, random_state=0),
        GaussianNB(),
        StackingClassifier([("a", LogisticRegression()), ("b", GaussianNB())], cv=2),
        BaggingClassifier(LogisticRegression(), n_estimators=2, random_state=0),
        KNeighborsClassifier(),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_a_classifier_answers_as_onnx_runtime_and_as_what_was_converted(
    estimator: Any, classes: Any, *, zipmap: bool
) -> None:
    rows = ROWS.astype(np.float32)
    fitted = estimator.fit(rows, classes)
    content = converted(fitted, rows, zipmap=zipmap)
    loaded = read(content)
    session = onnxruntime.InferenceSession(content)
    label, probabilities = session.run(None, {"X": rows})
    if zipmap:
        probabilities = np.array([[row[name] for name in loaded.classes_.tolist()] for row in probabilities])
    assert loaded.classes_.tolist() == fitted.classes_.tolist()
    assert loaded.predict(ROWS).tolist() == label.tolist() == fitted.predict(rows).tolist()
    assert np.array_equal(loaded.predict_proba(ROWS), probabilities)
    assert np.allclose(loaded.predict_proba(ROWS), fitted.predict_proba(rows), atol=1e-5)


def test_scores_that_are_no_probabilities_are_not_called_so() -> None:
    rows = ROWS.astype(np.float32)
    fitted = RidgeClassifier().fit(rows, WORDS)
    loaded = read(converted(fitted, rows))
    assert not hasattr(loaded, "predict_proba")
    assert np.allclose(loaded.decision_function(ROWS), fitted.decision_function(rows), atol=1e-5)


def test_columns_of_several_types_are_features_of_these_types(models_folder: ModelsFolder, ask: Ask) -> None:
    columns = make_column_transformer(
        (StandardScaler(), ["age", "visits"]), (OneHotEncoder(handle_unknown="ignore"), ["city"])
    )
    fitted = make_pipeline(columns, LogisticRegression()).fit(TABLE, WORDS)
    content = converted(fitted, TABLE)
    model = load(models_folder, content)
    features = model.signature.features
    expected = [("age", FeatureType.FLOAT), ("visits", FeatureType.INTEGER), ("city", FeatureType.TEXT)]
    assert [(feature.source, feature.type) for feature in features] == expected
    assert [feature.required for feature in features[1:]] == [True, True]
    label, probabilities = onnxruntime.InferenceSession(content).run(
        None, {name: TABLE[[name]].to_numpy(dtype=object if name == "city" else None) for name in TABLE}
    )
    labels, vectors = ask(TABLE, "raw_label", "probability_vector").columns.values()
    assert labels == label.tolist()
    assert vectors == probabilities.tolist()
    assert np.allclose(vectors, fitted.predict_proba(TABLE), atol=1e-5)


def test_a_sample_adds_ranges_and_known_strings(models_folder: ModelsFolder) -> None:
    columns = make_column_transformer(
        (StandardScaler(), ["age", "visits"]), (OneHotEncoder(handle_unknown="ignore"), ["city"])
    )
    fitted = make_pipeline(columns, LogisticRegression()).fit(TABLE, WORDS)
    age, visits, city = load(models_folder, converted(fitted, TABLE), sample=TABLE).signature.features
    assert age.distribution is not None
    assert (visits.type, visits.distribution and visits.distribution.max) == (FeatureType.INTEGER, 59)
    assert (city.type, city.categories, city.open) == (FeatureType.CATEGORY, ("Bern", "Chur"), True)


@pytest.mark.parametrize("zipmap", [False, True], ids=["tensor", "maps"])
def test_a_label_for_a_missing_value_is_no_answer_where_its_probabilities_are_none(
    models_folder: ModelsFolder, *, zipmap: bool
) -> None:
    rows = ROWS.astype(np.float32)
    content = converted(LogisticRegression().fit(rows, WORDS), rows, zipmap=zipmap)
    model = load(models_folder, content, sample=pd.DataFrame(ROWS, columns=["a", "b", "c"]))
    assert [feature.required for feature in model.signature.features] == [True] * 3


def test_one_matrix_is_a_vector_or_what_the_samples_header_says(models_folder: ModelsFolder) -> None:
    content = converted(LinearRegression().fit(ROWS, ROWS[:, 0]), ROWS)
    model = load(models_folder, content)
    assert (model.serving.task, model.signature.features[0].length) == (Task.REGRESSION, 3)
    named = load(models_folder, content, sample=pd.DataFrame(ROWS, columns=["a", "b", "c"]))
    assert [feature.source for feature in named.signature.features] == ["a", "b", "c"]


def test_a_regressor_answers_a_value_close_to_the_converted_one(models_folder: ModelsFolder, ask: Ask) -> None:
    fitted = LinearRegression().fit(ROWS, ROWS @ [1, 2, 3] + 0.5)
    put(models_folder, converted(fitted, ROWS), sample=pd.DataFrame(ROWS, columns=["a", "b", "c"]))
    (values,) = ask(pd.DataFrame(ROWS, columns=["a", "b", "c"]), "value").columns.values()
    assert np.allclose(values, fitted.predict(ROWS), atol=1e-6)


def test_several_numbers_are_a_vector_unless_the_card_says_that_they_are_targets(models_folder: ModelsFolder) -> None:
    content = converted(LinearRegression().fit(ROWS, ROWS[:, :2]), ROWS)
    assert load(models_folder, content).outputs.keys() == {"vector"}
    model = load(models_folder, content, task="regression", outputs=[{"name": "height"}, {"name": "weight"}])
    assert model.estimator.predict(ROWS).shape == (60, 2)
    assert model.outputs.keys() == {"value"}


def test_clusters_and_outliers_are_what_the_card_says(models_folder: ModelsFolder) -> None:
    rows = ROWS.astype(np.float32)
    clusters = KMeans(3, n_init=1, random_state=0).fit(rows)
    with pytest.raises(LoadFailed, match="does not say what its answers are"):
        load(models_folder, converted(clusters, rows))
    model = load(models_folder, converted(clusters, rows), task="clustering")
    assert model.outputs.keys() == {"cluster", "distances"}
    assert model.estimator.predict(rows).tolist() == clusters.predict(rows).tolist()
    assert np.allclose(model.estimator.transform(rows), clusters.transform(rows), atol=1e-4)
    forest = IsolationForest(n_estimators=5, random_state=0).fit(rows)
    content = to_onnx(forest, rows[:1], target_opset={"": 15, "ai.onnx.ml": 3}).SerializeToString()
    outliers = load(models_folder, content, task="outlier_detection")
    assert outliers.outputs.keys() == {"is_outlier", "decision"}
    assert outliers.estimator.predict(rows).tolist() == forest.predict(rows).tolist()


def test_classes_that_the_graph_does_not_say_are_taken_from_the_card(models_folder: ModelsFolder) -> None:
    content = graph(
        [helper.make_node("ArgMax", ["x"], ["label"], axis=1), helper.make_node("Softmax", ["x"], ["probabilities"])],
        [tensor("x", "n", 3)],
        [tensor("label", "n", 1, kind=TensorProto.INT64), tensor("probabilities", "n", 3)],
    )
    with pytest.raises(LoadFailed, match="it is a classifier that does not say which classes it knows"):
        load(models_folder, content)
    model = load(models_folder, content, classes={0: {"name": "low"}, 1: {}, 2: {}})
    assert model.serving.label is not None
    assert [label.name for label in model.serving.label.classes] == ["low", "1", "2"]
    assert model.estimator.predict(np.eye(3)).tolist() == [0, 1, 2]


def test_a_network_that_answers_probabilities_alone_predicts_the_most_probable_class() -> None:
    loaded = read(softmax(), classes={"cat": {}, "dog": {}, "emu": {}})
    assert loaded.predict(np.eye(3)).tolist() == ["cat", "dog", "emu"]
    assert np.allclose(loaded.predict_proba(ROWS).sum(axis=1), 1)


def test_a_network_that_answers_logits_gives_decisions_and_no_probabilities() -> None:
    loaded = read(softmax("logits", "Neg"), task="classification", classes={"cat": {}, "dog": {}, "emu": {}})
    assert not hasattr(loaded, "predict_proba")
    assert loaded.predict(-np.eye(3)).tolist() == ["cat", "dog", "emu"]


def test_one_probability_of_two_classes_is_that_of_the_second() -> None:
    node = helper.make_node("Sigmoid", ["x"], ["prob"])
    content = graph(node, [tensor("x", "batch", 1)], [tensor("prob", "batch", 1)])
    loaded = read(content, classes={"no": {}, "yes": {}})
    assert np.allclose(loaded.predict_proba(np.array([[0.0], [np.log(3)]])), [[0.5, 0.5], [0.25, 0.75]])
    assert loaded.predict(np.array([[-3.0], [3.0]])).tolist() == ["no", "yes"]


def test_inputs_of_one_and_two_dimensions_are_columns_side_by_side(models_folder: ModelsFolder) -> None:
    content = graph(
        [
            helper.make_node("Unsqueeze", ["size", "axis"], ["column"]),
            helper.make_node("Concat", ["column", "xy"], ["all"], axis=1),
        ],
        [tensor("size", "batch"), tensor("xy", "batch", 2)],
        [tensor("all", "batch", 3)],
        initializer=[numpy_helper.from_array(np.array([1]), "axis")],
    )
    model = load(models_folder, content)
    assert [feature.source for feature in model.signature.features] == ["size", "xy[0]", "xy[1]"]
    frame = pd.DataFrame(ROWS, columns=["size", "xy[0]", "xy[1]"])
    assert np.array_equal(model.estimator.transform(frame), ROWS.astype(np.float32))


@pytest.mark.parametrize("kind", [TensorProto.INT32, TensorProto.UINT8, TensorProto.BOOL, TensorProto.DOUBLE])
def test_numbers_reach_the_graph_exactly_or_not_at_all(kind: int) -> None:
    node = helper.make_node("Cast", ["x"], ["y"], to=TensorProto.DOUBLE)
    content = graph(node, [tensor("x", "n", 1, kind=kind)], [tensor("y", "n", 1, kind=TensorProto.DOUBLE)])
    loaded = read(content)
    assert loaded.predict(pd.DataFrame({"x": [0.0, 1.0]})).tolist() == [[0.0], [1.0]]
    for value in (0.5, np.nan, 1e12):
        if kind == TensorProto.DOUBLE:
            assert np.array_equal(loaded.predict(pd.DataFrame({"x": [value]})), [[value]], equal_nan=True)
        else:
            with pytest.raises(ValueError, match="x is missing or no"):
                loaded.predict(pd.DataFrame({"x": [value]}))


def test_metadata_names_onnx_runtime_and_its_version(models_folder: ModelsFolder) -> None:
    model = load(models_folder, converted(LinearRegression().fit(ROWS, ROWS[:, 0]), ROWS))
    assert model.serving.artifact.format == "onnx"
    assert model.serving.estimator.framework == "onnxruntime"
    (library,) = model.serving.estimator.libraries
    assert (library.name, library.running, library.trained_with) == (
        "onnxruntime",
        onnxruntime.__version__,
        None,
    )
