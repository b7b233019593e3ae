"""Several models, aliases and versions in one query, and what the server says of them."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from server.settings import Settings

if TYPE_CHECKING:
    from tests.end_to_end.conftest import GraphQL, Serve

FLOWER = {"sepalLengthCm": 6.3, "sepalWidthCm": 3.3, "petalLengthCm": 4.7, "petalWidthCm": 1.6}
IN_BETWEEN = [6.3, 3.3, 4.7, 1.6]
"""The same as a row: a real flower that a linear model takes for one species and a tree for another."""
DEMO = ["diabetes", "digits", "iris", "language", "penguins", "wine_outliers"]


@pytest.fixture(scope="module")
def versions(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> GraphQL:
    """Serve two versions of one model, the older by default, and two of another without a card."""
    root = tmp_path_factory.mktemp("versions")
    flowers = load_iris(as_frame=True)
    linear = LogisticRegression(C=0.01).fit(flowers.data, flowers.target_names[flowers.target])
    tree = DecisionTreeClassifier(max_depth=2, random_state=0).fit(flowers.data, flowers.target_names[flowers.target])
    for name in ("chosen", "newest"):
        for number, estimator in enumerate((linear, tree), start=9):
            folder = root / name / str(number)
            folder.mkdir(parents=True)
            joblib.dump(estimator, folder / "model.joblib")
    (root / "chosen" / "card.yaml").write_text("default: 9\ntags: [cautious]\n")
    return serve(Settings(models=root, engine="native"))


def _frame(row: list[float]) -> pd.DataFrame:
    return pd.DataFrame([row], columns=load_iris().feature_names)


def test_one_query_asks_several_models_and_each_answers_for_itself(demo: GraphQL, demo_models: Path) -> None:
    text = "Guten Morgen, wie geht es dir?"
    answered = demo.data(
        """query($flower: IrisInput!, $text: String!, $pixels: [Float!]!) {
             iris(input: $flower) { label probability }
             iris: iris(input: $flower) { rawLabel }
             language(input: {text: $text}) { rawLabel }
             blank: digits(input: {pixels: $pixels}) { label }
             penguinsBatch(inputs: [{island: BISCOE, year: 2008}]) { predictions { rawLabel } }
             diabetes(input: {age: 50, bmi: 30}) { value }
             wineOutliersBatch(inputs: []) { count }
           }""",
        flower=FLOWER,
        text=text,
        pixels=[0] * 64,
    )
    iris, language, digits, diabetes = (
        joblib.load(demo_models / name / "model.joblib") for name in ("iris", "language", "digits", "diabetes")
    )
    row = _frame(IN_BETWEEN)
    assert answered["iris"]["rawLabel"] == iris.predict(row)[0]
    assert answered["iris"]["probability"] == iris.predict_proba(row).max()
    assert answered["language"]["rawLabel"] == language.predict([text])[0] == "German"
    assert answered["blank"]["label"] == digits.predict([[0.0] * 64])[0]
    assert len(answered["penguinsBatch"]["predictions"]) == 1
    assert answered["wineOutliersBatch"] == {"count": 0}
    patient = pd.DataFrame([dict.fromkeys(diabetes.feature_names_in_, float("nan")) | {"age": 50, "bmi": 30}])
    assert answered["diabetes"]["value"] == diabetes.predict(patient)[0]


def test_aliases_of_one_model_get_the_answers_to_their_own_rows(demo: GraphQL, demo_models: Path) -> None:
    sample = pd.read_csv(demo_models / "iris" / "sample.csv")
    rows = sample.iloc[::10]
    long, short = "rawLabel topClasses(k: 1) { rawLabel }", "label"
    flowers = [dict(zip(FLOWER, row, strict=True)) for row in rows.to_numpy().tolist()]
    asked = " ".join(
        f"a{place}: iris(input: {{{', '.join(f'{name}: {value}' for name, value in flower.items())}}})"
        f" {{ {short if place % 2 else long} }}"
        for place, flower in enumerate(flowers)
    )
    answered = demo.data(f"{{ {asked} }}")
    expected = joblib.load(demo_models / "iris" / "model.joblib").predict(rows)
    assert list(answered) == [f"a{place}" for place in range(len(rows))]
    for place, raw in enumerate(expected):
        assert answered[f"a{place}"] == (
            {"label": raw.upper()} if place % 2 else {"rawLabel": raw, "topClasses": [{"rawLabel": raw}]}
        )


def test_a_failing_model_leaves_its_neighbours_their_answers(demo: GraphQL) -> None:
    response = demo.post(
        """query($flower: IrisInput!) {
             digits(input: {pixels: [1, 2]}) { label }
             iris(input: $flower) { label }
             old: iris(input: $flower, version: "7") { label }
           }""",
        flower=FLOWER,
    )
    assert response.status_code == 200
    answer = response.json()
    assert answer["data"]["digits"] is None
    assert answer["data"]["old"] is None
    assert answer["data"]["iris"]["label"] in {"VERSICOLOR", "VIRGINICA"}
    assert {(*error["path"], error["extensions"]["code"]) for error in answer["errors"]} == {
        ("digits", "WRONG_LENGTH"),
        ("old", "MODEL_NOT_FOUND"),
    }


def test_fragments_variables_and_directives_work_on_predictions(demo: GraphQL) -> None:
    answered = demo.data(
        """query Both($flower: IrisInput!, $k: Int!, $more: Boolean!) {
             iris(input: $flower) { ...Best ... on IrisPrediction @skip(if: $more) { decision } __typename }
           }
           fragment Best on IrisPrediction {
             topClasses(k: $k) { label } all: topClasses { label } probability @include(if: $more)
           }""",
        flower=FLOWER,
        k=1,
        more=True,
    )["iris"]
    assert list(answered) == ["topClasses", "all", "probability", "__typename"]
    assert answered["topClasses"] == answered["all"][:1]
    assert len(answered["all"]) == 3


def test_a_version_is_chosen_by_argument_by_card_or_by_being_the_newest(versions: GraphQL) -> None:
    query = """query($flower: ChosenInput!, $other: NewestInput!) {
      byCard: chosen(input: $flower) { rawLabel }
      ten: chosen(input: $flower, version: "10") { rawLabel }
      nine: chosen(input: $flower, version: "9") { rawLabel }
      unsaid: chosen(input: $flower, version: null) { rawLabel }
      byAge: newest(input: $other) { rawLabel }
      older: newest(input: $other, version: "9") { rawLabel }
      batch: newestBatch(inputs: [$other, $other], version: "9") { predictions { rawLabel } model { version default } }
    }"""
    answered = versions.data(query, flower=FLOWER, other=FLOWER)
    flowers = load_iris(as_frame=True)
    names = flowers.target_names[flowers.target]
    (nine,) = LogisticRegression(C=0.01).fit(flowers.data, names).predict(_frame(IN_BETWEEN))
    (ten,) = DecisionTreeClassifier(max_depth=2, random_state=0).fit(flowers.data, names).predict(_frame(IN_BETWEEN))
    assert nine != ten
    assert {alias: answered[alias]["rawLabel"] for alias in ("byCard", "nine", "unsaid", "older")} == dict.fromkeys(
        ("byCard", "nine", "unsaid", "older"), nine
    )
    assert {alias: answered[alias]["rawLabel"] for alias in ("ten", "byAge")} == {"ten": ten, "byAge": ten}
    assert answered["batch"]["model"] == {"version": "9", "default": False}
    assert [row["rawLabel"] for row in answered["batch"]["predictions"]] == [nine, nine]


def test_every_version_is_listed_and_found_by_name(versions: GraphQL) -> None:
    answered = versions.data(
        """{ models { name version versions default }
             chosen: model(name: "chosen") { version }
             ten: model(name: "chosen", version: "10") { version estimator default }
             none: model(name: "chosen", version: "11") { version }
             tagged: models(tag: "cautious") { name version } }"""
    )
    assert answered["models"] == [
        {"name": name, "version": number, "versions": ["9", "10"], "default": (name == "chosen") == (number == "9")}
        for name in ("chosen", "newest")
        for number in ("9", "10")
    ]
    assert answered["chosen"] == {"version": "9"}
    assert answered["ten"] == {"version": "10", "estimator": "DecisionTreeClassifier", "default": False}
    assert answered["none"] is None
    assert {model["name"] for model in answered["tagged"]} == {"chosen"}


def test_every_field_of_every_model_can_be_asked_for(demo: GraphQL, demo_models: Path) -> None:
    models = demo.data(f"{{ models {demo.everything('Model')} }}")["models"]
    assert [model["name"] for model in models] == DEMO
    for model in models:
        artifact = demo_models / model["name"] / "model.joblib"
        assert model["sha256"] == hashlib.sha256(artifact.read_bytes()).hexdigest()
        assert model["sizeBytes"] == artifact.stat().st_size
        assert (model["status"], model["error"], model["warnings"]) == ("READY", None, [])
        assert (model["format"], model["framework"], model["engine"]["kind"]) == ("joblib", "scikit-learn", "NATIVE")
        assert (model["version"], model["versions"], model["default"]) == ("1", ["1"], True)
        assert model["description"] and model["metrics"] and model["features"] and model["outputs"]  # noqa: PT018  # all are there
        assert dt.datetime.fromisoformat(model["trainedAt"]) < dt.datetime.fromisoformat(model["loadedAt"])
        assert model["loadMs"] > 0
        assert {library["name"] for library in model["libraries"]} >= {"scikit-learn"}


def test_what_is_said_of_features_and_outputs_fits_the_types_of_the_schema(demo: GraphQL) -> None:
    model = demo.data(
        '{ model(name: "iris") { features { name min max quantiles { median } } outputs { name type } } }'
    )
    types = demo.data(
        """{ input: __type(name: "IrisInput") { inputFields { name } }
             output: __type(name: "IrisPrediction") { fields { name } } }"""
    )
    features, outputs = model["model"]["features"], model["model"]["outputs"]
    assert [feature["name"] for feature in features] == [field["name"] for field in types["input"]["inputFields"]]
    assert [output["name"] for output in outputs] == [field["name"] for field in types["output"]["fields"]][:-1]
    assert all(feature["min"] < feature["quantiles"]["median"] < feature["max"] for feature in features)
    assert {output["name"]: output["type"] for output in outputs}["topClasses"] == "[IrisClassProbability!]!"


def test_every_example_query_works_with_its_variables(demo: GraphQL) -> None:
    for model in demo.data("{ models { field exampleQuery exampleVariables } }")["models"]:
        answered: Mapping[str, Any] = demo.data(model["exampleQuery"], **model["exampleVariables"])
        assert answered[model["field"]]["warnings"] == []


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ("task: REGRESSION", ["diabetes"]),
        ("task: CLASSIFICATION", ["digits", "iris", "language", "penguins"]),
        ("task: CLUSTERING", []),
        ('tag: "example"', DEMO),
        ('tag: "botany"', ["iris"]),
        ('task: REGRESSION, tag: "botany"', []),
        ("task: null, tag: null", DEMO),
        ('tag: "nope"', []),
    ],
)
def test_models_are_filtered_by_task_and_tag(demo: GraphQL, filters: str, expected: list[str]) -> None:
    assert [model["name"] for model in demo.data(f"{{ models({filters}) {{ name }} }}")["models"]] == expected


def test_a_model_that_is_not_there_is_null(demo: GraphQL) -> None:
    assert demo.data('{ model(name: "nope") { name } }') == {"model": None}


def test_the_server_says_what_it_is(demo: GraphQL) -> None:
    server = demo.data(f"{{ server {demo.everything('Server')} }}")["server"]
    assert (server["name"], server["version"]) == ("predictql", version("predictql"))
    assert (server["models"], server["failed"]) == (6, 0)
    assert {library["name"]: library["running"] for library in server["libraries"]}["scikit-learn"] == version(
        "scikit-learn"
    )
    started = dt.datetime.fromisoformat(server["startedAt"])
    assert 0 < server["uptimeSeconds"] <= (dt.datetime.now(dt.UTC) - started).total_seconds()
