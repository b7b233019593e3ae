"""`predictql pack --targets` of models with several targets, or with any number of labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression
from sklearn.metrics import accuracy_score, f1_score, hamming_loss, log_loss, mean_absolute_error, r2_score
from sklearn.tree import DecisionTreeClassifier

from inference.cards import read_card
from server.cli import run

if TYPE_CHECKING:
    from inference.card import Card

COUNT = 300


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """Return two features, and work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    return pd.DataFrame(random.normal(size=(COUNT, 2)), columns=["width", "noise"])


def packed(model: Any, rows: pd.DataFrame, targets: pd.DataFrame, *, in_a_file: bool = False) -> Card:
    """Pack a model with its targets and return its card."""
    joblib.dump(model, "m.joblib")
    named = [part for name in targets.columns for part in ("--targets", name)]
    if in_a_file:
        targets.to_csv("targets.csv", index=False)
        named = ["--targets", "targets.csv"]
    (rows if in_a_file else rows.join(targets)).to_csv("rows.csv", index=False)
    assert run(["pack", "m.joblib", "--name", "m", "--sample", "rows.csv", *named]) == 0
    assert list(pd.read_csv("models/m/sample.csv").columns) == ["width", "noise"]
    card = read_card([Path("models/m/card.yaml")])
    assert [output.name for output in card.outputs] == list(targets.columns)
    return card


def without_count(card: Card) -> dict[str, float]:
    """Return the card's metrics without the number of rows in their names."""
    return {name.removesuffix(f" on {COUNT} given rows"): value for name, value in card.metrics.items()}


@pytest.mark.parametrize("in_a_file", [False, True])
def test_a_regressor_of_several_targets_is_measured_by_each_and_by_their_mean_r2(
    rows: pd.DataFrame, *, in_a_file: bool
) -> None:
    targets = pd.DataFrame({"price": rows["width"] * 3 + rows["noise"] ** 2, "age": rows["width"] - rows["noise"] ** 3})
    model = LinearRegression().fit(rows, targets)
    card = packed(model, rows, targets, in_a_file=in_a_file)
    answers = model.predict(rows)
    metrics = without_count(card)
    assert metrics["r2"] == pytest.approx(r2_score(targets, answers), rel=1e-5)
    assert metrics["r2 of age"] == pytest.approx(r2_score(targets["age"], answers[:, 1]), rel=1e-5)
    error = mean_absolute_error(targets["price"], answers[:, 0])
    assert metrics["mean_absolute_error of price"] == pytest.approx(error, rel=1e-5)
    assert len(metrics) == 7
    direct = permutation_importance(model, rows, targets, random_state=0)
    assert list(card.importances.values()) == pytest.approx(direct.importances_mean.tolist(), abs=0.1)


def test_a_classifier_of_several_targets_is_measured_by_each_and_by_rows_that_are_all_right(rows: pd.DataFrame) -> None:
    targets = pd.DataFrame(
        {
            "kind": np.array(["ash", "birch", "cherry"])[np.digitize(rows["width"] + rows["noise"] / 4, [-0.5, 0.5])],
            "ripe": np.where(rows["width"] * rows["noise"] > 0, "yes", "no"),
        }
    )
    model = DecisionTreeClassifier(max_depth=2, random_state=0).fit(rows, targets)
    card = packed(model, rows, targets)
    answers, probabilities = model.predict(rows), model.predict_proba(rows)
    metrics = without_count(card)
    assert metrics["accuracy"] == pytest.approx((answers == targets.to_numpy()).all(axis=1).mean(), rel=1e-5)
    for place, name in enumerate(targets.columns):
        given = targets[name]
        assert metrics[f"accuracy of {name}"] == pytest.approx(accuracy_score(given, answers[:, place]), rel=1e-5)
        f1 = f1_score(given, answers[:, place], average="macro")
        assert metrics[f"f1_macro of {name}"] == pytest.approx(f1, rel=1e-5)
        assert metrics[f"log_loss of {name}"] == pytest.approx(log_loss(given, probabilities[place]), rel=1e-5)
    assert card.importances["width"] > 0.1


def test_a_model_of_any_number_of_labels_is_packed_without_targets_too(rows: pd.DataFrame) -> None:
    joblib.dump(DecisionTreeClassifier(max_depth=2).fit(rows, (rows > 0).astype(int)), "m.joblib")
    rows.to_csv("rows.csv", index=False)
    assert run(["pack", "m.joblib", "--name", "m", "--sample", "rows.csv"]) == 0
    assert not read_card([Path("models/m/card.yaml")]).classes


@pytest.mark.parametrize("written", [int, bool])
def test_any_number_of_labels_is_measured_by_rows_that_are_all_right_and_by_each_label(
    rows: pd.DataFrame, written: type
) -> None:
    flags = pd.DataFrame({"red": rows["width"] > 0, "round": rows["width"] + rows["noise"] > 0.3}).astype(int)
    model = DecisionTreeClassifier(max_depth=2, random_state=0).fit(rows, flags)
    card = packed(model, rows, flags.astype(written))
    answers = model.predict(rows)
    assert without_count(card) == {
        "accuracy": pytest.approx(accuracy_score(flags, answers), rel=1e-5),
        "f1_macro": pytest.approx(f1_score(flags, answers, average="macro"), rel=1e-5),
        "hamming_loss": pytest.approx(hamming_loss(flags, answers), rel=1e-5),
    }
    direct = permutation_importance(model, rows, flags, random_state=0)
    assert list(card.importances.values()) == pytest.approx(direct.importances_mean.tolist(), abs=0.1)


def test_fewer_targets_than_the_model_has_are_refused(rows: pd.DataFrame, capsys: pytest.CaptureFixture[str]) -> None:
    joblib.dump(LinearRegression().fit(rows, rows), "m.joblib")
    rows.assign(price=1.0).to_csv("rows.csv", index=False)
    assert run(["pack", "m.joblib", "--name", "m", "--sample", "rows.csv", "--targets", "price"]) == 1
    assert capsys.readouterr().err == (
        "Error: rows.csv: 1 targets are given, and the model has 2. Name all targets of the model, in the order of"
        " training.\n"
    )


def test_a_label_that_is_neither_true_nor_false_is_refused(
    rows: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = (rows > 0).astype(int).to_numpy()
    joblib.dump(DecisionTreeClassifier(max_depth=2).fit(rows, flags), "m.joblib")
    rows.assign(red=flags[:, 0], blue="perhaps").to_csv("rows.csv", index=False)
    named = ["--targets", "red", "--targets", "blue"]
    assert run(["pack", "m.joblib", "--name", "m", "--sample", "rows.csv", *named]) == 1
    assert "its targets hold 'perhaps', which is no truth value." in capsys.readouterr().err
