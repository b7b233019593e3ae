"""What clients may ask of the models themselves and of the server."""

from __future__ import annotations

import datetime as dt
import hashlib
import platform
from collections.abc import Callable
from importlib import metadata
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder
    from tests.schema.conftest import Served

SchemaOf = Callable[..., "Served"]

ROWS = pd.DataFrame({"sepal length": [1.0, 2.0, 3.0, 4.0], "width": [0.0, 1.0, 0.0, 1.0]})
CARD = {
    "description": "Which flower it is.",
    "task": "classification",
    "tags": ["botany", "example"],
    "owner": "Ann",
    "license": "CC0-1.0",
    "trained_at": dt.date(2026, 1, 31),
    "training_data": "Four flowers",
    "metrics": {"accuracy": 0.97, "auc": 1},
    "features": {"sepal length": {"unit": "cm", "min": 0, "description": "Of a sepal", "example": 2.5}},
    "classes": {"rose": {"description": "Red"}, "lily": {"name": "white lily"}},
    "limits": {"max_rows": 50, "deadline_ms": 1500, "max_queued_rows": 900},
}


@pytest.fixture
def served(models_folder: ModelsFolder, schema_of: SchemaOf) -> Served:
    """Serve `flower` with a full card, `line` in two versions, `odd`, and a `broken` model."""
    flower = make_pipeline(StandardScaler(), LogisticRegression(C=2.0)).fit(ROWS, ["rose", "lily"] * 2)
    models_folder.add("flower", flower, sample=ROWS, card=CARD)
    line: Any = LinearRegression().fit(ROWS, [1.0, 2.0, 3.0, 4.0])
    for version in ("1", "2"):
        models_folder.add("line", line, version=version, card="tags: [example]")
    models_folder.add("odd", IsolationForest(n_estimators=2).fit(ROWS))
    models_folder.add("broken", line, card="{owner: Bob, tags: [example]}")
    (models_folder.path / "broken/model.joblib").write_bytes(b"")
    return schema_of(models_folder.path, keep_going=True)


def model(served: Served, name: str, selection: str) -> Any:
    return served.data(f'{{ model(name: "{name}") {{ {selection} }} }}')["model"]


def test_what_the_card_says_is_there(served: Served) -> None:
    selection = "name description task tags owner license trainedAt trainingData metrics { name value }"
    assert model(served, "flower", selection) == {
        "name": "flower",
        "description": "Which flower it is.",
        "task": "CLASSIFICATION",
        "tags": ["botany", "example"],
        "owner": "Ann",
        "license": "CC0-1.0",
        "trainedAt": "2026-01-31T00:00:00+00:00",
        "trainingData": "Four flowers",
        "metrics": [{"name": "accuracy", "value": 0.97}, {"name": "auc", "value": 1.0}],
    }


def test_what_the_artifact_and_the_estimator_say_is_there(served: Served, models_folder: ModelsFolder) -> None:
    artifact = (models_folder.path / "flower/model.joblib").read_bytes()
    answer = model(
        served,
        "flower",
        """framework estimator format sizeBytes sha256 steps { name estimator } hyperparameters { name value }
        libraries { name trainedWith running } limits { maxRows deadlineMs maxQueuedRows }
        engine { kind parity reason rowsProbed largestDifference
        speedup callMs rowMs inPlace } execution { place count reason lockShare inPlaceRows }
        loadMs loadedAt warnings error status""",
    )
    assert (answer["framework"], answer["estimator"], answer["format"]) == (
        "scikit-learn",
        "LogisticRegression",
        "joblib",
    )
    assert answer["sizeBytes"] == len(artifact)
    assert answer["sha256"] == hashlib.sha256(artifact).hexdigest()
    assert answer["steps"][0] == {"name": "standardscaler", "estimator": "StandardScaler"}
    assert {"name": "logisticregression__C", "value": "2.0"} in answer["hyperparameters"]
    version = metadata.version("scikit-learn")
    assert answer["libraries"] == [{"name": "scikit-learn", "trainedWith": version, "running": version}]
    assert answer["limits"] == {"maxRows": 50, "deadlineMs": 1500, "maxQueuedRows": 900}
    engine = answer["engine"]
    assert (engine["kind"], engine["rowsProbed"], engine["largestDifference"]) == ("NATIVE", 256, 0)
    assert engine["parity"] == "256 rows: the same labels, the same bits."
    assert engine["reason"] == "Its lean call answers the same bits."
    assert engine["speedup"] > 0
    assert engine["callMs"] > 0
    assert answer["loadMs"] > answer["engine"]["callMs"]
    assert (answer["execution"].pop("inPlaceRows") > 0) == engine["inPlace"]
    assert answer["execution"] == {
        "place": "THREADS",
        "count": 1,
        "reason": "Nothing else was tried.",
        "lockShare": None,
    }
    age = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(answer["loadedAt"])
    assert dt.timedelta(0) < age < dt.timedelta(minutes=1)
    assert (answer["warnings"], answer["error"], answer["status"]) == ([], None, "READY")


def test_features_say_what_they_take_and_what_was_seen(served: Served) -> None:
    selection = """features { name source type required min max mean quantiles { p25 median p75 } leastAccepted
        greatestAccepted categories open length gaps unit description default example importance }"""
    sepal, width = model(served, "flower", selection)["features"]
    assert sepal.pop("importance") > 0
    assert sepal == {
        "name": "sepalLength",
        "source": "sepal length",
        "type": "FLOAT",
        "required": True,
        "min": 1,
        "max": 4,
        "mean": 2.5,
        "quantiles": {"p25": 1.75, "median": 2.5, "p75": 3.25},
        "leastAccepted": 0,
        "greatestAccepted": None,
        "categories": [],
        "open": True,
        "length": None,
        "gaps": False,
        "unit": "cm",
        "description": "Of a sepal",
        "default": None,
        "example": 2.5,
    }
    assert (width["name"], width["unit"], width["leastAccepted"]) == ("width", None, None)


def test_classes_say_what_stands_for_them(served: Served) -> None:
    assert model(served, "flower", "classes { name label rawLabel description }")["classes"] == [
        {"name": "white lily", "label": "WHITE_LILY", "rawLabel": "lily", "description": None},
        {"name": "rose", "label": "ROSE", "rawLabel": "rose", "description": "Red"},
    ]
    assert model(served, "line", "classes { name }")["classes"] == []


def test_outputs_are_said_with_the_types_that_they_have_in_the_schema(served: Served) -> None:
    outputs = model(served, "flower", "outputs { name type description }")["outputs"]
    made = served.schema.core.type_map["FlowerPrediction"]
    fields = {name: field for name, field in made.fields.items() if name != "warnings"}  # type: ignore[attr-defined]  # an object
    assert {output["name"]: output["type"] for output in outputs} == {
        name: str(field.type) for name, field in fields.items()
    }
    assert {output["name"]: output["description"] for output in outputs} == {
        name: field.description for name, field in fields.items()
    }


def test_fields_and_types_are_named_for_clients(served: Served) -> None:
    answer = model(served, "flower", "field batchField exampleQuery exampleVariables")
    assert (answer["field"], answer["batchField"]) == ("flower", "flowerBatch")
    assert answer["exampleQuery"].startswith("query Flower($input: FlowerInput!) {")
    assert answer["exampleVariables"]["input"]["sepalLength"] == 2.5


def test_versions_are_all_listed_and_the_default_one_is_marked(served: Served) -> None:
    answer = served.data("{ models { name version versions default } }")["models"]
    assert [(m["version"], m["versions"], m["default"]) for m in answer if m["name"] == "line"] == [
        ("1", ["1", "2"], False),
        ("2", ["1", "2"], True),
    ]
    assert served.data('{ model(name: "line", version: "1") { version } }') == {"model": {"version": "1"}}
    assert served.data('{ model(name: "line", version: null) { version } }') == {"model": {"version": "2"}}


def test_a_model_that_failed_says_why_and_nothing_more(served: Served) -> None:
    answer = model(
        served,
        "broken",
        """name version status error owner tags field batchField task framework estimator steps { name }
        hyperparameters { name } libraries { name } loadedAt loadMs sizeBytes sha256 format engine { kind }
        features { name } classes { name } outputs { name } limits { maxRows } exampleQuery exampleVariables
        warnings""",
    )
    assert "broken/model.joblib: it cannot be read" in answer.pop("error")
    assert answer.pop("tags") == ["example"]
    there = {name: value for name, value in answer.items() if value not in (None, [])}
    assert there == {"name": "broken", "version": "1", "status": "FAILED", "owner": "Bob"}
    assert "broken" not in served.schema.core.query_type.fields  # type: ignore[union-attr]  # there is one


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ("", ["broken", "flower", "line", "line", "odd"]),
        ("(task: REGRESSION)", ["line", "line"]),
        ('(tag: "example")', ["broken", "flower", "line", "line"]),
        ('(task: CLASSIFICATION, tag: "botany")', ["flower"]),
        ("(task: CLUSTERING)", []),
        ("(task: null, tag: null)", ["broken", "flower", "line", "line", "odd"]),
    ],
)
def test_models_are_found_by_task_and_tag(served: Served, arguments: str, names: list[str]) -> None:
    answer = served.data(f"{{ models{arguments} {{ name }} }}")["models"]
    assert [found["name"] for found in answer] == names


def test_one_fragment_fits_all_models(served: Served) -> None:
    answer = served.data("{ models { ...About } } fragment About on Model { name estimator features { name } }")
    assert [found["estimator"] for found in answer["models"]] == [
        None,
        "LogisticRegression",
        "LinearRegression",
        "LinearRegression",
        "IsolationForest",
    ]


def test_the_server_says_what_it_is(served: Served) -> None:
    answer = served.data(
        "{ server { name version pythonVersion startedAt uptimeSeconds models failed libraries { name running } } }"
    )["server"]
    assert (answer["name"], answer["version"]) == ("predictql", metadata.version("predictql"))
    assert answer["pythonVersion"] == platform.python_version()
    assert 0 <= answer["uptimeSeconds"] < 60
    assert dt.datetime.fromisoformat(answer["startedAt"]).tzinfo is not None
    assert (answer["models"], answer["failed"]) == (4, 1)
    assert answer["libraries"] == [{"name": "scikit-learn", "running": metadata.version("scikit-learn")}]


def test_a_model_whose_name_clashes_has_failed_while_the_others_are_kept_going(
    models_folder: ModelsFolder, schema_of: SchemaOf
) -> None:
    line = LinearRegression().fit(ROWS, np.arange(4.0))
    for name in ("line", "server"):
        models_folder.add(name, line)
    served = schema_of(models_folder.path, keep_going=True)
    answer = served.data("{ models { name status error field outputs { name } } server { models failed } }")
    assert [(found["name"], found["status"], found["field"]) for found in answer["models"]] == [
        ("line", "READY", "line"),
        ("server", "FAILED", None),
    ]
    assert "would both be 'server' in GraphQL" in answer["models"][1]["error"]
    assert answer["server"] == {"models": 1, "failed": 1}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-01-31", "2026-01-31T00:00:00+00:00"),
        ("2026-01-31 12:30:00", "2026-01-31T12:30:00+00:00"),
        ("2026-01-31T12:30:00Z", "2026-01-31T12:30:00+00:00"),
        ("2026-01-31T12:30:00+02:00", "2026-01-31T12:30:00+02:00"),
    ],
)
def test_the_moment_of_training_has_a_time_zone(
    models_folder: ModelsFolder, schema_of: SchemaOf, written: str, read: str
) -> None:
    models_folder.add("line", LinearRegression().fit(ROWS, np.arange(4.0)), card=f"trained_at: {written}")
    assert model(schema_of(models_folder.path), "line", "trainedAt") == {"trainedAt": read}


def test_a_root_field_says_in_a_line_what_the_model_is(served: Served) -> None:
    fields = served.schema.core.query_type.fields  # type: ignore[union-attr]  # there is one
    sentence = "Which flower it is. Classifier, 2 classes, accuracy 0.97, auc 1."
    assert fields["flower"].description == sentence
    assert fields["flowerBatch"].description == f"{sentence} Many at once, in the order of `inputs`."
    assert fields["odd"].description == "Outlier detector."
