"""`predictql inspect` and `predictql schema`: what they print, and how they fail."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import joblib
import pandas as pd
import pytest
import sklearn
from graphql import build_schema, validate_schema
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from server.cli import run


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with one model with named features, a sample and a card."""
    folder = tmp_path_factory.mktemp("models")
    rows = pd.DataFrame({"living area": [50.0, 80.0, 120.0, 95.0], "rooms": [2.0, 3.0, 5.0, 4.0]})
    (folder / "rent").mkdir()
    joblib.dump(
        make_pipeline(StandardScaler(), LinearRegression()).fit(rows, [1, 2, 3, 4]), folder / "rent/model.joblib"
    )
    rows.to_csv(folder / "rent/sample.csv", index=False)
    (folder / "rent/card.yaml").write_text(
        "description: The rent of a flat\nfeatures:\n  living area: {unit: m², min: 10}\n", encoding="utf-8"
    )
    return folder


def test_inspect_shows_what_a_model_takes_and_answers(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", str(models)]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(
        "rent · regression · StandardScaler > LinearRegression · rent, rentBatch\n  The rent of a flat\n"
    )
    lines = [re.split(r" {2,}", line.strip()) for line in shown.splitlines()]
    taken = [line[:-1] for line in lines]  # their importances stand last
    assert ["livingArea", "float", "yes", "at least 10, seen 50 to 120, in m²", "living area"] in taken
    assert ["rooms", "float", "yes", "seen 2 to 5"] in taken
    assert any(line[:2] == ["value", "Float!"] for line in lines)


def test_inspect_shows_all_that_is_known_of_a_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = pd.DataFrame({"width": [0.2, 0.3, 1.8, 2.1], "length": [1.4, 1.3, 5.1, 5.9]})
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.5)).fit(rows, [0, 0, 1, 1])
    joblib.dump(model, tmp_path / "model.joblib")
    (tmp_path / "card.yaml").write_text(
        "metrics: { accuracy: 0.875 }\nowner: Botany\nimportances: { length: 0.25 }\n"
        "classes: { 1: { name: large, description: Long petals } }\nlibraries: { numpy: '1.2' }\n"
    )
    assert run(["inspect", str(tmp_path)]) == 0
    lines = [re.split(r" {2,}", line.strip()) for line in capsys.readouterr().out.splitlines()]
    versions = [(line[0], line[1]) for line in lines if line[0] in {"numpy", "scikit-learn"}]
    assert versions == [("scikit-learn", sklearn.__version__), ("numpy", "1.2")]
    assert ["logisticregression__C", "0.5"] in lines
    assert not any(line[0] == "logisticregression__max_iter" for line in lines)
    assert ["standardscaler", "StandardScaler"] in lines
    assert ["accuracy", "0.875"] in lines
    assert ["Owner", "Botany"] in lines
    assert ["LARGE", "1", "Long petals"] in lines
    assert ["length", "float", "yes", "0.25"] in lines
    assert any(line[0].startswith("Warning: ") and "numpy 1.2" in line[0] for line in lines)


def test_inspect_shows_the_good_models_and_fails_for_the_others(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.joblib").write_bytes(b"no model")
    shutil.copytree(models / "rent", tmp_path / "rent")
    assert run(["inspect", str(tmp_path)]) == 1
    captured = capsys.readouterr()
    assert captured.out.startswith("rent · regression")
    assert captured.err.startswith(f"Error: {tmp_path / 'bad.joblib'}: ")
    assert captured.err.count("\n") == 1


def test_schema_prints_sdl_that_is_valid(models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", str(models)]) == 0
    printed = capsys.readouterr().out
    built = build_schema(printed)
    assert validate_schema(built) == []
    assert built.query_type is not None
    assert {"rent", "rentBatch", "models", "model", "server"} <= set(built.query_type.fields)

    assert run(["schema", str(models), "-o", str(tmp_path / "schema.graphql")]) == 0
    assert (tmp_path / "schema.graphql").read_text(encoding="utf-8") == printed
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("command", ["inspect", "schema"])
def test_a_folder_that_is_not_there_is_said_in_one_line(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([command, str(tmp_path / "nowhere")]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"Error: {tmp_path / 'nowhere'}: ")
    assert captured.err.count("\n") == 1
