"""`predictql pack`: what it makes is served as it stands, and nothing is left of what cannot be."""

from __future__ import annotations

import csv
import hashlib
import importlib
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import joblib
import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.compose import make_column_transformer
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import f1_score, log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from inference.card import Card
from inference.cards import read_card
from server.cli import run

if TYPE_CHECKING:
    from collections.abc import Callable

COUNT = 1500


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """Leave a fitted pipeline and a sample with its target in the current folder, as a training script does."""
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame(
        {
            "monthly: charges": np.arange(COUNT) % 80 + 20.5,
            "plan": np.array(["basic", "no", "1"])[np.arange(COUNT) % 3],
            "visits": np.arange(COUNT) % 7,
            "left": np.where(np.arange(COUNT) % 80 > 40, "yes", "no"),
        }
    )
    columns = make_column_transformer((OneHotEncoder(), ["plan"]), remainder="passthrough")
    model = make_pipeline(columns, LogisticRegression(max_iter=5000)).fit(frame.drop(columns="left"), frame["left"])
    joblib.dump(model, "churn-final.joblib")
    frame.to_csv("rows.csv", index=False)
    return frame


PACK = ["pack", "churn-final.joblib", "--name", "churn", "--sample", "rows.csv", "--targets", "left"]


def test_a_packed_model_is_a_model_folder_that_is_served_without_a_warning(
    work: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(PACK) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("models/churn is ready: churn, churnBatch\n")
    assert captured.err == ""
    folder = Path("models/churn")
    assert {path.name for path in folder.iterdir()} == {"model.joblib", "sample.csv", "card.yaml"}
    assert folder.joinpath("model.joblib").read_bytes() == Path("churn-final.joblib").read_bytes()
    pd.testing.assert_frame_equal(pd.read_csv(folder / "sample.csv"), work.drop(columns="left").head(1000))
    assert run(["inspect", "models"]) == 0
    assert "Warning" not in capsys.readouterr().out
    assert [path.name for path in Path("models").iterdir()] == ["churn"]


@pytest.mark.usefixtures("work")
def test_the_card_says_what_was_found_out_and_proposes_the_rest_in_comments() -> None:
    assert run(PACK) == 0
    path = Path("models/churn/card.yaml")
    card = read_card([path])
    assert card.sha256 == hashlib.sha256(Path("churn-final.joblib").read_bytes()).hexdigest()
    assert card.task == "classification"
    assert list(card.classes) == ["no", "yes"]
    assert {name: feature.type for name, feature in card.features.items()} == {
        "monthly: charges": "float",
        "plan": "category",
        "visits": "integer",
    }
    assert card.features["plan"].categories == ("1", "basic", "no")
    assert card.features["monthly: charges"].max is None
    assert card.libraries["python"] == platform.python_version()
    assert {"scikit-learn", "numpy"} <= card.libraries.keys()
    text = path.read_text(encoding="utf-8")
    assert "    # seen 20.5 to 99.5, median " in text
    uncommented = [line.replace("# ", "", 1) if line.strip().startswith("# m") else line for line in text.splitlines()]
    edited = Card.model_validate(yaml.safe_load("\n".join(uncommented)))
    assert (edited.features["visits"].min, edited.features["visits"].max) == (0, 6)


@pytest.mark.parametrize("in_a_file", [False, True])
def test_with_targets_the_model_is_measured_on_the_rows_that_were_given(work: pd.DataFrame, *, in_a_file: bool) -> None:
    features = work.drop(columns="left")
    targets = "left"
    if in_a_file:
        targets = "targets.csv"
        work[["left"]].to_csv(targets, index=False)
        features.to_csv("rows.csv", index=False)
    assert run([*PACK[:6], "--targets", targets]) == 0
    card = read_card([Path("models/churn/card.yaml")])
    model = joblib.load("churn-final.joblib")
    where = f"on {COUNT} given rows"
    assert card.metrics == {
        f"accuracy {where}": pytest.approx(model.score(features, work["left"]), rel=1e-5),
        f"f1_macro {where}": pytest.approx(f1_score(work["left"], model.predict(features), average="macro"), rel=1e-5),
        f"log_loss {where}": pytest.approx(log_loss(work["left"], model.predict_proba(features)), rel=1e-5),
    }
    direct = permutation_importance(model, features.head(1000), work["left"].head(1000), random_state=0)
    assert list(card.importances) == list(features)
    assert list(card.importances.values()) == pytest.approx(direct.importances_mean.tolist(), abs=0.03)


def test_a_regressor_is_measured_by_its_errors(work: pd.DataFrame, capsys: pytest.CaptureFixture[str]) -> None:
    rows = work[["visits", "monthly: charges"]].rename(columns={"monthly: charges": "charges"})
    price = rows["charges"] * 2 + work.index % 5
    model = LinearRegression().fit(rows, price)
    joblib.dump(model, "m.joblib")
    rows.assign(price=price).to_csv("rows.csv", index=False)
    assert run(["pack", "m.joblib", "--name", "m", "--sample", "rows.csv", "--targets", "price"]) == 0
    card = read_card([Path("models/m/card.yaml")])
    assert card.metrics[f"r2 on {COUNT} given rows"] == pytest.approx(model.score(rows, price), rel=1e-5)
    assert card.importances["charges"] > 1
    assert abs(card.importances["visits"]) < 0.01
    capsys.readouterr()
    assert run(["inspect", "models"]) == 0
    shown = capsys.readouterr().out
    assert f"r2 on {COUNT} given rows" in shown
    assert f"{card.importances['charges']:.4g}" in shown


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        (["yes", "no"], f"rows.csv: it has {COUNT} rows, and there are 2 targets. Give a target for each row."),
        (["maybe"] * COUNT, "rows.csv: its targets hold 'maybe', which is no class of the model."),
    ],
)
def test_targets_that_do_not_fit_are_refused(
    work: pd.DataFrame, capsys: pytest.CaptureFixture[str], targets: list[str], said: str
) -> None:
    work.drop(columns="left").to_csv("rows.csv", index=False)
    pd.DataFrame({"left": targets}).to_csv("targets.csv", index=False)
    assert run([*PACK[:6], "--targets", "targets.csv"]) == 1
    assert capsys.readouterr().err.startswith(f"Error: {said}")
    assert list(Path("models").iterdir()) == []


@pytest.mark.usefixtures("work")
def test_a_model_that_is_there_is_replaced_only_by_force(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(PACK) == 0
    Path("models/churn/card.yaml").write_text("description: edited\n")
    capsys.readouterr()
    assert run(PACK) == 1
    assert capsys.readouterr().err == (
        "Error: models/churn: it is there already. Replace it, with its card, with --force.\n"
    )
    assert Path("models/churn/card.yaml").read_text() == "description: edited\n"
    assert run([*PACK, "--force"]) == 0
    assert "edited" not in Path("models/churn/card.yaml").read_text()
    assert [path.name for path in Path("models").iterdir()] == ["churn"]


def test_a_version_is_added_beside_the_others_if_it_fits_them(
    work: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*PACK, "--version", "1"]) == 0
    Path("models/churn/1/card.yaml").rename("models/churn/card.yaml")
    text = Path("models/churn/card.yaml").read_text().replace("type: integer", "type: integer\n    unit: a month")
    Path("models/churn/card.yaml").write_text(text)
    joblib.dump(joblib.load("churn-final.joblib"), "churn-final.joblib", compress=3)  # of another digest
    digest = read_card([Path("models/churn/card.yaml")]).sha256
    assert run([*PACK, "--version", "2"]) == 0
    own = read_card([Path("models/churn/2/card.yaml")])
    assert own.model_fields_set == {"metrics", "importances", "libraries", "sha256"}
    assert own.sha256 != digest
    assert run(["inspect", "models"]) == 0
    assert capsys.readouterr().out.count("in a month") == 2

    joblib.dump(LogisticRegression().fit(work[["visits"]], work["left"]), "other.joblib")
    assert run(["pack", "other.joblib", "--name", "churn", "--version", "3"]) == 1
    assert "models/churn" in (said := capsys.readouterr().err)
    assert ".packing-" not in said
    assert sorted(path.name for path in Path("models/churn").iterdir()) == ["1", "2", "card.yaml"]


@pytest.mark.usefixtures("work")
def test_a_version_beside_a_model_without_versions_is_refused_with_the_mend(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(PACK) == 0
    capsys.readouterr()
    assert run([*PACK, "--version", "2"]) == 1
    assert "Move model.joblib into models/churn/1/ first" in capsys.readouterr().err


def test_own_modules_are_packed_with_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "halving.py").write_text("def halve(frame):\n    return frame / 2\n")
    with monkeypatch.context() as patch:
        patch.syspath_prepend(str(tmp_path / "own"))
        halving = importlib.import_module("halving")
        rows = work[["visits"]]
        model = make_pipeline(FunctionTransformer(halving.halve), LinearRegression()).fit(rows, rows["visits"] * 2)
        joblib.dump(model, "half.joblib")
    del sys.modules["halving"]
    assert run(["pack", "half.joblib", "--name", "half"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("Error: half.joblib: it needs the module 'halving', which cannot be imported.")
    assert run(["pack", "half.joblib", "--name", "half", "--code", "own"]) == 0
    assert Path("models/half/code/halving.py").exists()


def test_rows_of_the_sample_that_cannot_be_predicted_are_warned_of(
    work: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = work[["visits"]].replace(0, 1)
    joblib.dump(LinearRegression().fit(rows, rows["visits"]), "m.joblib")
    with Path("gap.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["visits"], [1], [2], ["NA"]])
    assert run(["pack", "m.joblib", "--name", "m", "--sample", "gap.csv"]) == 0
    assert capsys.readouterr().err == (
        "Warning: models/m/sample.csv, line 4: visits is missing; it must be a whole number of 32 bits\n"
    )


class Doubler:
    """Answers, and does not say what."""

    def predict(self, rows: pd.DataFrame) -> np.ndarray:
        """Return twice the only feature."""
        return rows.to_numpy()[:, 0] * 2


def test_the_task_of_an_estimator_that_does_not_say_it_is_given(work: pd.DataFrame) -> None:
    joblib.dump(Doubler(), "m.joblib")
    work[["visits"]].to_csv("visits.csv", index=False)
    assert run(["pack", "m.joblib", "--name", "m", "--sample", "visits.csv"]) == 1
    assert run(["pack", "m.joblib", "--name", "m", "--sample", "visits.csv", "--task", "regression"]) == 0
    assert read_card([Path("models/m/card.yaml")]).task == "regression"


def nothing() -> None:
    """Change nothing."""


@pytest.mark.parametrize(
    ("change", "arguments", "said"),
    [
        (nothing, ["gone.joblib", "--name", "m"], "gone.joblib: there is no such file. Name the file that joblib.dump"),
        (nothing, ["rows.csv", "--name", "m"], "rows.csv: its format is not served. Save it as one of model.joblib"),
        (nothing, ["churn-final.joblib", "--name", "../m"], "models: '../m' cannot be the name of a model."),
        (nothing, ["churn-final.joblib", "--name", "m", "--version", "x"], "models/m: 'x' is no version."),
        (
            nothing,
            [*PACK[1:5], *PACK[5:6], "--targets", "lft"],
            "rows.csv: there is no column 'lft'; the nearest known",
        ),
        (
            lambda: pd.read_csv("rows.csv").assign(site=1).to_csv("rows.csv", index=False),
            PACK[1:6],
            "rows.csv: it has 'left', 'site', which the model was not fitted on, and which cannot name its one target.",
        ),
        (
            lambda: Path("churn-final.joblib").write_bytes(b"no model"),
            PACK[1:],
            "churn-final.joblib: it cannot be read: ",
        ),
    ],
)
@pytest.mark.usefixtures("work")
def test_what_cannot_be_packed_is_said_of_the_files_that_were_given_and_leaves_nothing(
    capsys: pytest.CaptureFixture[str], change: Callable[[], object], arguments: list[str], said: str
) -> None:
    change()
    assert run(["pack", *arguments]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith(f"Error: {said}")
    assert captured.err.count("\n") == 1
    assert ".packing-" not in captured.err
    assert not Path("models").exists() or list(Path("models").iterdir()) == []
