"""A model with several targets has an object for each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.multioutput import MultiOutputClassifier

from inference.errors import LoadFailed

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder
    from tests.schema.conftest import Served

SchemaOf = Callable[[Path], "Served"]
ROWS = pd.DataFrame({"x": np.arange(12.0), "y": np.arange(12.0) % 5})
TARGETS = np.column_stack([["red", "green", "red"] * 4, ["big", "small"] * 6])
ROW = "input: {x: 2.0, y: 1.0}"


class Counting(MultiOutputClassifier):  # type: ignore[misc]  # scikit-learn has no types
    """Writes down which of its methods are called."""

    def fit(self, rows: pd.DataFrame, targets: Any) -> Counting:
        """Begin a list."""
        self.calls: list[str] = []
        super().fit(rows, targets)
        return self

    def predict(self, rows: pd.DataFrame) -> Any:
        """Write down and predict."""
        self.calls.append("predict")
        return super().predict(rows)

    def predict_proba(self, rows: pd.DataFrame) -> Any:
        """Write down and predict."""
        self.calls.append("predict_proba")
        return super().predict_proba(rows)


@pytest.fixture
def counted(models_folder: ModelsFolder, schema_of: SchemaOf) -> tuple[Served, list[str]]:
    """Serve a classifier with two targets, and return the list of its method calls."""
    card = "outputs: [{name: colour}, {name: size}]"
    models_folder.add("m", Counting(LogisticRegression()).fit(ROWS, TARGETS), card=card)
    served = schema_of(models_folder.path)
    (queue,) = served.service._queues.values()  # noqa: SLF001  # the loaded estimator itself is to be watched
    calls: list[str] = queue.model.estimator.calls
    calls.clear()
    return served, calls


@pytest.mark.parametrize(
    ("selection", "methods"),
    [
        ("{ colour { label } size { label } }", ["predict"]),
        ("{ one: colour { label } two: colour { rawLabel } }", ["predict"]),
        ("{ colour { label } size { probabilities { big } } }", ["predict", "predict_proba"]),
        ("{ ...Both } fragment Both on MPrediction { size { ...Size } } fragment Size on MSizePrediction { label }",
         ["predict"]),
        ("{ colour { __typename } size { __typename } }", []),
        ("{ warnings { message } }", []),
    ],
)  # fmt: skip
def test_only_what_is_selected_of_a_target_is_computed(
    counted: tuple[Served, list[str]], selection: str, methods: list[str]
) -> None:
    served, calls = counted
    selected, _, fragments = selection.partition(" fragment ")
    fragments = f"fragment {fragments}" if fragments else ""
    served.data(f"{{ m({ROW}) {selected} }} {fragments}")
    assert sorted(set(calls)) == methods


def test_each_target_has_its_own_classes_and_arguments(counted: tuple[Served, list[str]]) -> None:
    served, _ = counted
    best = "topClasses(k: 1) { label }"
    data = served.data(f"{{ m({ROW}) {{ colour {{ label two: topClasses(k: 2) {{ label }} }} size {{ {best} }} }} }}")
    assert data["m"]["colour"]["label"] == data["m"]["colour"]["two"][0]["label"] == "RED"
    assert len(data["m"]["colour"]["two"]) == 2
    assert [len(data["m"]["size"]["topClasses"]), data["m"]["size"]["topClasses"][0]["label"] in {"BIG", "SMALL"}] == [
        1,
        True,
    ]


def test_the_metadata_lists_the_outputs_of_each_target(counted: tuple[Served, list[str]]) -> None:
    outputs = counted[0].data('{ model(name: "m") { classes { name } outputs { name type } } }')["model"]
    by_name = {output["name"]: output["type"] for output in outputs["outputs"]}
    assert by_name["colour.label"] == "MColourLabel!"
    assert by_name["size.probabilities"] == "MSizeProbabilities!"
    assert outputs["classes"] == []


@pytest.mark.parametrize("name", ["warnings", "colour"])
def test_a_target_may_not_have_the_name_of_another_field(
    models_folder: ModelsFolder, schema_of: SchemaOf, name: str
) -> None:
    card = f"outputs: [{{name: colour}}, {{name: {name}}}]"
    models_folder.add("m", MultiOutputClassifier(LogisticRegression()).fit(ROWS, TARGETS), card=card)
    with pytest.raises(LoadFailed, match=f"{name!r}"):
        schema_of(models_folder.path)


def test_labels_that_a_row_may_have_are_values_of_an_enum(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    flags = np.column_stack([ROWS["x"] > 5, ROWS["x"] > 20, ROWS["x"] > 3]).astype(int)
    flags[0, 1] = 1
    card = "outputs: [{name: late}, {name: dear}, {name: to be signed, description: By the customer}]"
    models_folder.add("m", MultiOutputClassifier(LogisticRegression()).fit(ROWS, flags), card=card)
    served = schema_of(models_folder.path)
    data = served.data('{ m(input: {x: 11, y: 1}) { labels } model(name: "m") { classes { name label } } }')
    assert data["m"]["labels"] == ["LATE", "TO_BE_SIGNED"]
    assert data["model"]["classes"][2] == {"name": "to be signed", "label": "TO_BE_SIGNED"}
