"""What the demo models answer over HTTP is what their estimators answer, to the last bit of a JSON round trip."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import pandas as pd
import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import GraphQL

MODELS = ("iris", "penguins", "diabetes", "digits", "language", "wine_outliers")
_MODEL = """query($name: String!) {
  model(name: $name) { field features { name source type } classes { label rawLabel } }
}"""
SINGLE_ROWS = 20
"""How many rows of each sample are also asked for alone."""


@dataclass(frozen=True)
class Case:
    """A demo model, both as it is served and as its files hold it."""

    field: str
    type_name: str
    estimator: Any
    rows: Any
    """The whole sample, as the estimator takes it."""
    inputs: Sequence[Mapping[str, Any]]
    """The whole sample, as GraphQL takes it."""
    classes: Sequence[Mapping[str, str]]
    """The classes in the model's order, as the server tells them."""


@pytest.fixture(params=MODELS)
def case(request: pytest.FixtureRequest, demo: GraphQL, demo_models: Path) -> Case:
    folder = demo_models / request.param
    model = demo.data(_MODEL, name=request.param)["model"]
    sample = pd.read_csv(folder / "sample.csv")
    estimator = joblib.load(folder / "model.joblib")
    return Case(
        field=model["field"],
        type_name=f"{model['field'][0].upper()}{model['field'][1:]}",
        estimator=estimator,
        rows=_as_trained(estimator, sample),
        inputs=_inputs(sample, model["features"]),
        classes=model["classes"],
    )


def _as_trained(estimator: Any, sample: pd.DataFrame) -> Any:
    """Return the sample as the training script passed its rows: a frame, an array or a list of texts."""
    if list(sample.columns) == ["text"]:
        return sample["text"].tolist()
    return sample if hasattr(estimator, "feature_names_in_") else np.ascontiguousarray(sample.to_numpy())


def _inputs(sample: pd.DataFrame, features: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    if features[0]["type"] == "VECTOR":
        return [{features[0]["name"]: row} for row in sample.to_numpy().tolist()]
    assert [feature["source"] for feature in features] == list(sample.columns)
    columns = [_column(sample[feature["source"]], feature["type"]) for feature in features]
    names = [feature["name"] for feature in features]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _column(column: pd.Series[Any], kind: str) -> list[Any]:
    values = [None if pd.isna(value) else value for value in column.tolist()]
    return [value and value.upper() for value in values] if kind == "CATEGORY" else values


def _ask_batch(client: GraphQL, case: Case, inputs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    query = (
        f"query($inputs: [{case.type_name}Input!]!) {{ {case.field}Batch(inputs: $inputs) {{"
        f" predictions {client.everything(f'{case.type_name}Prediction')} errors {{ message }} count }} }}"
    )
    batch = client.data(query, inputs=inputs)[f"{case.field}Batch"]
    assert batch["errors"] == []
    assert batch["count"] == len(inputs)
    predictions: list[dict[str, Any]] = batch["predictions"]
    return predictions


def _expected(case: Case, rows: Any) -> list[dict[str, Any]]:
    """Return what every output must be for these rows, from the estimator alone."""
    columns = {name: make(case, rows) for name, make in _OUTPUTS[_kind(case.estimator)].items()}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _kind(estimator: Any) -> str:
    if hasattr(estimator, "classes_"):
        return "scored classifier" if hasattr(estimator, "decision_function") else "classifier"
    return "outlier detector" if hasattr(estimator, "score_samples") else "regressor"


def _labels(case: Case, rows: Any) -> list[str | int]:
    names = {item["rawLabel"]: item["label"] for item in case.classes}
    raw = case.estimator.predict(rows).tolist()
    return [names[label] if isinstance(label, str) else label for label in raw]


def _raw_labels(case: Case, rows: Any) -> list[str]:
    return [str(label) for label in case.estimator.predict(rows).tolist()]


def _vectors(case: Case, rows: Any) -> list[list[float]]:
    vectors: list[list[float]] = case.estimator.predict_proba(rows).tolist()
    return vectors


def _probabilities_by_class(case: Case, rows: Any) -> list[list[float]]:
    return _vectors(case, rows)


def _probability(case: Case, rows: Any) -> list[float]:
    classes = [str(label) for label in case.estimator.classes_.tolist()]
    labels = _raw_labels(case, rows)
    return [row[classes.index(label)] for row, label in zip(_vectors(case, rows), labels, strict=True)]


def _top_classes(case: Case, rows: Any) -> list[list[dict[str, Any]]]:
    labels = [item["label"] if isinstance(raw, str) else raw for item, raw in _with_raw(case)]
    ranked = []
    for row in _vectors(case, rows):
        best = sorted(range(len(row)), key=lambda place: -row[place])[:3]
        ranked.append(
            [
                {"label": labels[place], "rawLabel": case.classes[place]["rawLabel"], "probability": row[place]}
                for place in best
            ]
        )
    return ranked


def _with_raw(case: Case) -> list[tuple[Mapping[str, str], Any]]:
    return list(zip(case.classes, case.estimator.classes_.tolist(), strict=True))


def _method(name: str) -> Callable[[Case, Any], list[Any]]:
    return lambda case, rows: getattr(case.estimator, name)(rows).tolist()


_CLASSIFIER: dict[str, Callable[[Case, Any], list[Any]]] = {
    "label": _labels,
    "rawLabel": _raw_labels,
    "probability": _probability,
    "probabilities": _probabilities_by_class,
    "topClasses": _top_classes,
    "probabilityVector": _vectors,
}
_OUTPUTS: dict[str, dict[str, Callable[[Case, Any], list[Any]]]] = {
    "classifier": _CLASSIFIER,
    "scored classifier": {**_CLASSIFIER, "decision": _method("decision_function")},
    "regressor": {"value": _method("predict")},
    "outlier detector": {
        "isOutlier": lambda case, rows: (case.estimator.predict(rows) == -1).tolist(),
        "score": _method("score_samples"),
        "decision": _method("decision_function"),
    },
}


def _comparable(prediction: Mapping[str, Any]) -> dict[str, Any]:
    """Return all outputs of a prediction; of an object with one member per class, the values in their order."""
    outputs = {name: value for name, value in prediction.items() if name != "warnings"}
    if "probabilities" in outputs:
        outputs["probabilities"] = list(outputs["probabilities"].values())
    return outputs


def test_a_batch_of_the_whole_sample_answers_every_output_as_the_estimator_does(demo: GraphQL, case: Case) -> None:
    answered = [_comparable(prediction) for prediction in _ask_batch(demo, case, case.inputs)]
    assert answered == _expected(case, case.rows)


def test_a_row_alone_answers_every_output_as_the_estimator_does(demo: GraphQL, case: Case) -> None:
    query = (
        f"query($input: {case.type_name}Input!) {{ {case.field}(input: $input) "
        f"{demo.everything(f'{case.type_name}Prediction')} }}"
    )
    for row in range(0, len(case.inputs), max(1, len(case.inputs) // SINGLE_ROWS)):
        answered = demo.data(query, input=case.inputs[row])[case.field]
        assert [_comparable(answered)] == _expected(case, case.rows[row : row + 1]), f"row {row}"


def test_rows_of_the_sample_are_nothing_unusual(demo: GraphQL, case: Case) -> None:
    assert {len(prediction["warnings"]) for prediction in _ask_batch(demo, case, case.inputs)} == {0}


@pytest.mark.parametrize("case", ["penguins"], indirect=True)
def test_what_is_missing_may_be_null_or_absent(demo: GraphQL, case: Case) -> None:
    absent = [{name: value for name, value in row.items() if value is not None} for row in case.inputs]
    assert sum(len(row) < len(case.inputs[0]) for row in absent) > 5
    assert _ask_batch(demo, case, absent) == _ask_batch(demo, case, case.inputs)
