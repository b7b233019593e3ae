"""What classifiers with several targets, or any number of labels, answer is what the estimators answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from inference.errors import LoadFailed
from inference.outputs.output import OutputRequest
from inference.predictions import Predictions

if TYPE_CHECKING:
    from inference.model import LoadedModel

Load = Callable[..., "LoadedModel"]
Ask = Callable[..., Predictions]
OUTPUTS = "outputs: [{name: ripeness, description: How ripe}, {name: colour}]"


def column(predictions: Predictions, name: str) -> list[Any]:
    assert predictions.errors == ()
    return predictions.columns[OutputRequest(name)]


@pytest.fixture(scope="module")
def two(rows: pd.DataFrame) -> np.ndarray:
    """Make two targets, one of whole numbers and one of words."""
    words = np.where(rows["b"] > 0, "red", "green")
    return np.column_stack([np.where(rows["a"] > 0, 1, -1).astype(object), words])


def test_targets_are_named_by_the_card(load: Load, rows: pd.DataFrame, two: np.ndarray) -> None:
    model = load(MultiOutputClassifier(LogisticRegression()).fit(rows, two.astype(str)), card=OUTPUTS)
    assert list(model.outputs)[:2] == ["ripeness.label", "ripeness.raw_label"]
    assert {output.target.source for output in model.outputs.values() if output.target} == {"ripeness", "colour"}
    assert {output.target.description for output in model.outputs.values() if output.target} == {"How ripe", None}
    assert model.serving.label is None


def test_fewer_names_than_targets_are_refused(load: Load, rows: pd.DataFrame, two: np.ndarray) -> None:
    fitted = MultiOutputClassifier(LogisticRegression()).fit(rows, two.astype(str))
    with pytest.raises(LoadFailed, match="outputs: it names 1, and the model has 2 targets"):
        load(fitted, card="outputs: [{name: colour}]")


def test_numbers_that_are_predicted_beside_words_stay_numbers(
    load: Load, ask: Ask, rows: pd.DataFrame, two: np.ndarray
) -> None:
    numbers = MultiOutputClassifier(LogisticRegression()).fit(rows, two.astype(str))
    numbers.estimators_[0] = LogisticRegression().fit(rows, two[:, 0].astype(int))
    numbers.classes_[0] = numbers.estimators_[0].classes_
    assert numbers.predict(rows).dtype.kind == "U"  # one array of both
    load(numbers, card=OUTPUTS)
    got = ask(rows, "ripeness.label", "colour.label", "ripeness.probability")
    assert column(got, "ripeness.label") == numbers.estimators_[0].predict(rows).tolist()
    assert column(got, "colour.label") == numbers.estimators_[1].predict(rows).tolist()
    assert column(got, "ripeness.probability") == numbers.estimators_[0].predict_proba(rows).max(axis=1).tolist()


def test_the_card_names_the_classes_of_all_targets(load: Load, ask: Ask, rows: pd.DataFrame, two: np.ndarray) -> None:
    fitted = KNeighborsClassifier().fit(rows, two.astype(str))
    load(fitted, card=OUTPUTS + "\nclasses: {'-1': {name: green}, '1': {name: ripe}}")
    names = {"-1": "green", "1": "ripe"}
    assert column(ask(rows, "ripeness.label"), "ripeness.label") == [names[row] for row in fitted.predict(rows)[:, 0]]


def test_a_class_that_no_target_has_is_refused(load: Load, rows: pd.DataFrame, two: np.ndarray) -> None:
    with pytest.raises(LoadFailed, match=r"classes\.blue: the model has no such class"):
        load(KNeighborsClassifier().fit(rows, two.astype(str)), card="classes: {blue: {}}")


def test_targets_whose_probabilities_fail_are_served_without(load: Load, ask: Ask, rows: pd.DataFrame) -> None:
    targets = np.column_stack([rows["a"].round().clip(-1, 1), rows["b"] > 0]).astype(int)
    chain = ClassifierChain(DecisionTreeClassifier(max_depth=3, random_state=0)).fit(rows, targets)
    with pytest.raises(ValueError, match="broadcast"):  # a chain expects two classes there
        chain.predict_proba(rows)
    assert list(load(chain).outputs) == [f"target_{i}.{name}" for i in (0, 1) for name in ("label", "raw_label")]
    assert column(ask(rows, "target_0.label"), "target_0.label") == chain.predict(rows)[:, 0].astype(int).tolist()


def test_labels_are_named_by_the_card(load: Load, ask: Ask, rows: pd.DataFrame) -> None:
    fitted = KNeighborsClassifier().fit(rows, (rows[["a", "b"]] > 0).astype(int).to_numpy())
    model = load(fitted, card=OUTPUTS)
    names = np.array(["ripeness", "colour"])
    got = ask(rows, "labels", "probabilities")
    assert column(got, "labels") == [names[row == 1].tolist() for row in fitted.predict(rows)]
    assert {len(labels) for labels in column(got, "labels")} == {0, 1, 2}
    yes = [answered[:, 1] for answered in fitted.predict_proba(rows)]
    assert column(got, "probabilities") == np.column_stack(yes).tolist()
    assert [label.name for label in model.serving.label.classes] == ["ripeness", "colour"] if model.serving.label else 0


def test_labels_are_no_classes_for_the_card(load: Load, rows: pd.DataFrame) -> None:
    fitted = KNeighborsClassifier().fit(rows, (rows[["a", "b"]] > 0).astype(int).to_numpy())
    with pytest.raises(LoadFailed, match="the model has 2 labels that a row may have or not, and no classes"):
        load(fitted, card="classes: {1: {name: ripe}}")
