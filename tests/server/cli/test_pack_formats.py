"""`predictql pack` of what is no single joblib file: MLflow folders, and skops files that must be trusted."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
import xgboost
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from inference.cards import read_card
from server.cli import run
from tests.inference.mlflow_folders import write_folder

ROWS = pd.DataFrame({"age": np.arange(30) * 1.5, "visits": np.arange(30) % 4})
WORDS = np.array(["stays", "leaves"])[np.arange(30) % 2]
TREE = "sklearn.tree._tree.Tree"


@pytest.fixture(autouse=True)
def _work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave a sample in the current folder."""
    monkeypatch.chdir(tmp_path)
    ROWS.to_csv("rows.csv", index=False)


@pytest.mark.parametrize("named", ["run", "run/MLmodel"])
def test_an_mlflow_folder_becomes_a_model_folder_with_all_that_is_in_it(
    capsys: pytest.CaptureFixture[str], named: str
) -> None:
    booster = xgboost.train({"objective": "binary:logistic"}, xgboost.DMatrix(ROWS, np.arange(30) % 2), 3)
    content = bytes(booster.save_raw("ubj"))
    write_folder(Path("run"), "xgboost", "model.ubj", content, model_class="xgboost.core.Booster", model_format="ubj")
    assert run(["pack", named, "--name", "churn", "--sample", "rows.csv"]) == 0
    assert capsys.readouterr().out.startswith("models/churn is ready: churn, churnBatch\n")
    folder = Path("models/churn")
    assert {path.name for path in folder.iterdir()} >= {"MLmodel", "model.ubj", "sample.csv", "card.yaml"}
    card = read_card([folder / "card.yaml"])
    assert card.sha256 == hashlib.sha256(content).hexdigest()
    assert run(["inspect", "models"]) == 0


def test_an_mlflow_folder_that_lacks_its_model_leaves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    write_folder(Path("run"), "sklearn", "model.pkl", b"").joinpath("model.pkl").unlink()
    assert run(["pack", "run", "--name", "churn"]) == 1
    assert capsys.readouterr().err == (
        "Error: run/model.pkl: it cannot be opened: No such file or directory. Make it a readable file.\n"
    )
    assert list(Path("models").iterdir()) == []


def test_an_error_in_an_mlflow_folder_names_what_was_given(capsys: pytest.CaptureFixture[str]) -> None:
    write_folder(Path("run"), "sklearn", "model.pkl", pickle.dumps(LogisticRegression()))
    assert run(["pack", "run", "--name", "churn"]) == 1
    assert "run/MLmodel: its LogisticRegression is not fitted." in capsys.readouterr().err


def test_what_a_skops_file_holds_is_trusted_by_name_and_stays_in_the_card(capsys: pytest.CaptureFixture[str]) -> None:
    fitted = DecisionTreeClassifier(max_depth=2).fit(ROWS, WORDS)
    skops.io.dump(fitted, "tree.skops")
    pack = ["pack", "tree.skops", "--name", "churn", "--sample", "rows.csv"]
    assert run(pack) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"Error: tree.skops: it holds types that nobody has said to trust: {TREE}.")
    assert not Path("models/churn").exists()
    assert run([*pack, "--trust", TREE, "--trust", "cleaning.Clipper"]) == 0
    assert read_card([Path("models/churn/card.yaml")]).trusted == (TREE, "cleaning.Clipper")
    assert run(["inspect", "models"]) == 0


def test_a_folder_that_is_none_of_mlflows_is_no_artifact(capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty").mkdir()
    assert run(["pack", "empty", "--name", "churn"]) == 1
    assert capsys.readouterr().err == (
        "Error: empty: there is no such file. Name the file that joblib.dump wrote, or MLflow's folder.\n"
    )
