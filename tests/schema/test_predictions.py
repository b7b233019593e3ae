"""Predictions over GraphQL are the estimator's own, whatever its outputs and labels are called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from graphql import GraphQLObjectType
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import BayesianRidge, LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder
    from tests.schema.conftest import Served

SchemaOf = Callable[[Path], "Served"]

ROWS = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 2)).round(3), columns=["a", "b"])
INPUTS = {"inputs": [{"a": a, "b": b} for a, b in ROWS.to_numpy().tolist()]}


def batch(served: Served, selection: str, *, model: str = "m", arguments: str = "") -> list[Any]:
    kind = model[0].upper() + model[1:]
    query = f"query Q($inputs: [{kind}Input!]!) {{ {model}Batch(inputs: $inputs{arguments}) {{ "
    answer = served.data(f"{query} predictions {{ {selection} }} errors {{ index }} }} }}", INPUTS)[f"{model}Batch"]
    assert answer["errors"] == []
    predictions: list[Any] = answer["predictions"]
    return predictions


def fields(served: Served, type_name: str) -> dict[str, str]:
    made = served.schema.core.type_map[type_name]
    assert isinstance(made, GraphQLObjectType)
    return {name: str(field.type) for name, field in made.fields.items()}


def test_a_classifiers_answers_are_typed_and_its_own(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    fitted = LogisticRegression().fit(ROWS, ["lily", "red rose", "tulip", "tulip"] * 10)
    models_folder.add("m", fitted, sample=ROWS)
    served = schema_of(models_folder.path)
    assert fields(served, "MPrediction") == {
        "label": "MLabel!",
        "rawLabel": "String!",
        "probability": "Float!",
        "probabilities": "MProbabilities!",
        "topClasses": "[MClassProbability!]!",
        "probabilityVector": "[Float!]!",
        "decision": "[Float!]!",
        "warnings": "[InputWarning!]!",
    }
    assert fields(served, "MClassProbability") == {"label": "MLabel!", "rawLabel": "String!", "probability": "Float!"}
    got = batch(
        served,
        "label rawLabel probabilities { lily redRose tulip } probabilityVector decision"
        " topClasses(k: 1) { label rawLabel probability }",
    )
    names = {"lily": "LILY", "red rose": "RED_ROSE", "tulip": "TULIP"}
    labels = fitted.predict(ROWS).tolist()
    probabilities = fitted.predict_proba(ROWS).tolist()
    assert [row["label"] for row in got] == [names[label] for label in labels]
    assert [row["rawLabel"] for row in got] == labels
    assert [list(row["probabilities"].values()) for row in got] == probabilities
    assert [row["probabilityVector"] for row in got] == probabilities
    assert [row["decision"] for row in got] == fitted.decision_function(ROWS).tolist()
    best = [max(range(3), key=row.__getitem__) for row in probabilities]
    assert [row["topClasses"] for row in got] == [
        [{"label": [*names.values()][place], "rawLabel": [*names][place], "probability": row[place]}]
        for place, row in zip(best, probabilities, strict=True)
    ]


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        (["n", "y"], "MLabel!"),
        ([0, 1], "Int!"),
        ([-(2**31), 2**31 - 1], "Int!"),
        ([0, 2**31], "String!"),
        ([False, True], "Boolean!"),
        ([0.0, 2.0], "Float!"),
    ],
)
def test_labels_keep_their_type(models_folder: ModelsFolder, schema_of: SchemaOf, labels: list[Any], kind: str) -> None:
    fitted = GaussianNB().fit(ROWS, labels * 20)
    models_folder.add("m", fitted, sample=ROWS)
    served = schema_of(models_folder.path)
    assert fields(served, "MPrediction")["label"] == kind
    expected = fitted.predict(ROWS).tolist()
    if kind == "String!":
        expected = [str(label) for label in expected]
    if kind == "MLabel!":
        expected = [label.upper() for label in expected]
    assert [row["label"] for row in batch(served, "label")] == expected
    assert [row["topClasses"][0]["label"] for row in batch(served, "topClasses(k: 1) { label }")] == expected


def test_classes_may_be_called_like_key_words(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    fitted = GaussianNB().fit(ROWS, ["None", "class", "true", "self"] * 10)
    models_folder.add("m", fitted, sample=ROWS)
    got = batch(schema_of(models_folder.path), "label probabilities { none class self true }")
    assert {row["label"] for row in got} <= {"NONE", "CLASS", "SELF", "TRUE"}
    assert [list(row["probabilities"].values()) for row in got] == fitted.predict_proba(ROWS).tolist()


def test_models_and_features_may_be_called_like_key_words(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    rows = ROWS.rename(columns={"a": "class", "b": "self"})
    fitted = LinearRegression().fit(rows, rows["class"])
    for name in ("class", "self", "lambda", "info", "root", "type", "input", "data"):
        models_folder.add(name, fitted)
    served = schema_of(models_folder.path)
    for name in ("class", "self", "lambda", "info", "root", "type", "input", "data"):
        answer = served.data(f"{{ {name}(input: {{class: 1.5, self: 2}}) {{ value }} }}")
        assert answer[name]["value"] == pytest.approx(1.5)


def test_a_regressors_answers_are_its_own(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    fitted = BayesianRidge().fit(ROWS, ROWS["a"] * 3)
    models_folder.add("m", fitted, sample=ROWS)
    value, std = fitted.predict(ROWS, return_std=True)
    got = batch(schema_of(models_folder.path), "value std")
    assert [(row["value"], row["std"]) for row in got] == list(zip(value.tolist(), std.tolist(), strict=True))


def test_several_targets_are_an_object(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    fitted = LinearRegression().fit(ROWS, ROWS * 3)
    card = {"outputs": [{"name": "monthly revenue", "unit": "CHF"}, {"name": "class"}]}
    models_folder.add("m", fitted, sample=ROWS, card=card)
    served = schema_of(models_folder.path)
    assert fields(served, "MValue") == {"monthlyRevenue": "Float!", "class": "Float!"}
    assert "monthly revenue · CHF" in served.schema.as_str()
    got = batch(served, "value { monthlyRevenue class }")
    assert [list(row["value"].values()) for row in got] == fitted.predict(ROWS).tolist()


def test_clusters_outliers_and_columns_are_the_estimators_own(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    clusterer = KMeans(3, n_init=1, random_state=0).fit(ROWS)
    forest = IsolationForest(n_estimators=5, random_state=0).fit(ROWS)
    columns = PCA(2).fit(ROWS)
    for name, fitted in (("clusterer", clusterer), ("forest", forest), ("columns", columns)):
        models_folder.add(name, fitted, sample=ROWS)
    served = schema_of(models_folder.path)
    got = batch(served, "cluster distances", model="clusterer")
    assert [row["cluster"] for row in got] == clusterer.predict(ROWS).tolist()
    assert [row["distances"] for row in got] == clusterer.transform(ROWS).tolist()
    got = batch(served, "isOutlier score decision", model="forest")
    assert [row["isOutlier"] for row in got] == (forest.predict(ROWS) == -1).tolist()
    assert [row["score"] for row in got] == forest.score_samples(ROWS).tolist()
    assert [row["decision"] for row in got] == forest.decision_function(ROWS).tolist()
    got = batch(served, "transformed { pca0 pca1 } vector", model="columns")
    assert [row["vector"] for row in got] == columns.transform(ROWS).tolist()
    assert [list(row["transformed"].values()) for row in got] == columns.transform(ROWS).tolist()


def test_a_long_vector_is_a_list_of_its_numbers(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    texts = ["one short text", "another text with other words in it"]
    fitted = TfidfVectorizer(analyzer="char", ngram_range=(1, 3)).fit(texts)
    models_folder.add("m", fitted)
    served = schema_of(models_folder.path)
    assert set(fields(served, "MPrediction")) == {"vector", "warnings"}
    answer = served.data("query Q($t: String!) { m(input: {text: $t}) { vector } }", {"t": texts[0]})
    assert answer["m"]["vector"] == fitted.transform(texts[:1]).toarray()[0].tolist()


def test_two_versions_answer_one_field_each_as_itself(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    old = GaussianNB().fit(ROWS[["b", "a"]], ["x", "z"] * 20)  # other columns first, and a class less
    new = GaussianNB().fit(ROWS, ["x", "y", "z", "z"] * 10)
    models_folder.add("m", old, version="1", sample=ROWS[["b", "a"]])
    models_folder.add("m", new, version="2", sample=ROWS)
    served = schema_of(models_folder.path)
    assert [row["rawLabel"] for row in batch(served, "rawLabel")] == new.predict(ROWS).tolist()
    got = batch(served, "rawLabel probabilityVector", arguments=', version: "1"')
    assert [row["rawLabel"] for row in got] == old.predict(ROWS[["b", "a"]]).tolist()
    assert [row["probabilityVector"] for row in got] == old.predict_proba(ROWS[["b", "a"]]).tolist()
    result = served.execute('{ m(input: {a: 1, b: 1}, version: "1") { probabilities { x } } }')
    assert result.data == {"m": None}
    assert result.errors is not None
    assert result.errors[0].message == "Version 1 of 'm' cannot give 'probabilities'."


def test_several_models_are_asked_in_one_query(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    for factor in range(1, 6):
        models_folder.add(f"times {factor}", LinearRegression().fit(ROWS, ROWS["a"] * factor), sample=ROWS)
    served = schema_of(models_folder.path)
    asked = " ".join(f"times{factor}(input: {{a: 2, b: 1}}) {{ value }}" for factor in range(1, 6))
    answer = served.data(f"{{ {asked} }}")
    assert [answer[f"times{factor}"]["value"] for factor in range(1, 6)] == pytest.approx([2, 4, 6, 8, 10])
