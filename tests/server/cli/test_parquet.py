"""`predictql predict` and `predictql pack` with Parquet, alone and mixed with the other formats."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from inference.card import FeatureType
from inference.cards import read_card
from server.cli import run

SCORED, SOME_FAILED = 0, 3
COUNT = 300


@pytest.fixture
def frame() -> pd.DataFrame:
    """Give rows of numbers, whole numbers, truth values, categories and dates."""
    days = pd.date_range("2024-01-01", periods=3).to_numpy()
    return pd.DataFrame(
        {
            "charges": np.arange(COUNT) % 80 + 20.5,
            "visits": np.arange(COUNT) % 7,
            "paperless": np.arange(COUNT) % 5 > 1,
            "plan": pd.Categorical(np.array(["basic", "plus", "1"])[np.arange(COUNT) % 3]),
            "since": days[np.arange(COUNT) % 3],
        }
    )


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frame: pd.DataFrame) -> pd.DataFrame:
    """Leave a model that was fitted on them, dates as ISO strings, and the rows with their target as Parquet."""
    monkeypatch.chdir(tmp_path)
    target = pd.Series(np.where(frame["charges"] + frame["visits"] > 60, "leaves", "stays"), name="left")
    fitted = frame.assign(plan=frame["plan"].astype(str), since=frame["since"].map(pd.Timestamp.isoformat))
    columns = make_column_transformer((OneHotEncoder(), ["plan", "since"]), remainder="passthrough")
    model = make_pipeline(columns, LogisticRegression(max_iter=5000)).fit(fitted, target)
    joblib.dump(model, "churn.joblib")
    frame.assign(left=target).to_parquet("rows.parquet")
    return fitted.assign(label=model.predict(fitted), left=target)


PACK = ["pack", "churn.joblib", "--name", "churn", "--sample", "rows.parquet", "--targets", "left"]


def test_a_sample_in_parquet_is_packed_and_measured_as_one_in_csv_is(work: pd.DataFrame) -> None:
    assert run(PACK) == 0
    card = read_card([Path("models/churn/card.yaml")])
    assert {name: feature.type for name, feature in card.features.items()} == {
        "charges": FeatureType.FLOAT,
        "visits": FeatureType.INTEGER,
        "paperless": FeatureType.BOOLEAN,
        "plan": FeatureType.CATEGORY,
        "since": FeatureType.CATEGORY,
    }
    assert card.features["since"].categories == tuple(sorted(set(work["since"])))
    accuracy = card.metrics[f"accuracy on {COUNT} given rows"]
    assert accuracy == pytest.approx((work["label"] == work["left"]).mean(), rel=1e-5)
    work.drop(columns=["label", "left"]).to_csv("rows.csv", index=False)
    work[["left"]].to_parquet("targets.parquet")
    assert run([*PACK[:5], "rows.csv", "--targets", "targets.parquet", "--out", "others"]) == 0
    assert Path("others/churn/card.yaml").read_text() == Path("models/churn/card.yaml").read_text()
    pd.testing.assert_frame_equal(pd.read_csv("others/churn/sample.csv"), pd.read_csv("models/churn/sample.csv"))


def frame_of(path: str) -> pd.DataFrame:
    if path.endswith(".parquet"):
        return pd.read_parquet(path)
    return pd.read_csv(path, sep="\t") if path.endswith(".tsv") else pd.read_json(path, lines=True)


@pytest.mark.parametrize("rows", ["rows.parquet", "rows.csv", "rows.jsonl"])
@pytest.mark.parametrize("out", ["out.parquet", "out.tsv", "out.ndjson"])
def test_any_format_is_scored_into_any_other_with_the_models_own_answers(
    work: pd.DataFrame, rows: str, out: str
) -> None:
    assert run(PACK) == 0
    if rows == "rows.csv":
        work.to_csv(rows, index=False)
    elif rows == "rows.jsonl":
        work.to_json(rows, orient="records", lines=True)
    assert run(["predict", "models", "churn", rows, "-o", out, "--keep", "visits", "--keep", "left"]) == SCORED
    scored = frame_of(out)
    assert list(scored)[:3] == ["visits", "left", "label"]
    assert scored["label"].tolist() == work["label"].tolist()
    assert scored["left"].tolist() == work["left"].tolist()
    assert scored["visits"].astype(int).tolist() == work["visits"].tolist()
    probabilities = joblib.load("churn.joblib").predict_proba(work.drop(columns=["label", "left"]))
    assert scored["probability"].to_numpy() == pytest.approx(probabilities.max(axis=1), rel=1e-12)


def test_rows_that_cannot_be_predicted_are_named_by_their_numbers(
    work: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(PACK) == 0
    rows = work.drop(columns=["label", "left"]).astype({"visits": "Int64"}).head(4)
    rows.loc[1, "visits"] = pd.NA
    rows.loc[3, "plan"] = "pro"
    rows.to_parquet("odd.parquet", row_group_size=2)
    command = ["predict", "models", "churn", "odd.parquet", "--keep-all"]
    assert run([*command, "-o", "out.parquet"]) == SOME_FAILED
    scored = pq.read_table("out.parquet")
    assert scored["visits"].to_pylist() == [0, None, 2, 3]
    assert scored["visits"].type == pa.int64()
    assert [label is None for label in scored["label"].to_pylist()] == [False, True, False, True]
    with Path("out.errors.csv").open(newline="") as file:
        first, second = csv.DictReader(file)
    assert first == {
        "row": "2",
        "column": "visits",
        "code": "BAD_USER_INPUT",
        "message": "visits is missing; it must be a whole number of 32 bits",
    }
    assert (second["row"], second["column"], second["code"]) == ("4", "plan", "UNKNOWN_CATEGORY")
    capsys.readouterr()
    assert run(command) == SOME_FAILED
    assert "odd.parquet, row 2: visits is missing" in capsys.readouterr().err


def test_what_json_and_csv_cannot_hold_is_kept_as_text(work: pd.DataFrame) -> None:
    assert run(PACK) == 0
    rows = pa.Table.from_pandas(work.drop(columns=["label", "left"]).head(1))
    rows = rows.append_column("price", pa.array([Decimal("1.50")])).append_column("points", pa.array([[1, 2]]))
    pq.write_table(rows.append_column("at", pa.array([pd.Timestamp("2024-02-29T12:00")])), "kept.parquet")
    command = ["predict", "models", "churn", "kept.parquet", "--outputs", "label"]
    command += ["--keep", "price", "--keep", "points", "--keep", "at", "-o"]
    assert run([*command, "out.csv"]) == SCORED
    (label,) = work["label"].head(1)
    assert Path("out.csv").read_text() == f'price,points,at,label\n1.50,"[1,2]",2024-02-29T12:00:00,{label}\n'
    assert run([*command, "out.jsonl"]) == SCORED
    kept = {"price": "1.50", "points": [1, 2], "at": "2024-02-29T12:00:00"}
    assert json.loads(Path("out.jsonl").read_text()) == kept | {"label": label}


@pytest.mark.usefixtures("work")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda path: path.write_text("a,b\n1,2\n"), "odd.parquet: it cannot be read as Parquet: "),
        (lambda path: path.write_bytes(path.read_bytes()[:-50]), "odd.parquet: it cannot be read as Parquet: "),
        (lambda path: pq.write_table(pq.read_table(path).drop(["plan"]), path), "odd.parquet: it lacks 'plan'. Name"),
    ],
    ids=["no Parquet", "cut short", "lacks a column"],
)
def test_what_cannot_be_scored_is_said_in_one_line_and_writes_nothing(
    capsys: pytest.CaptureFixture[str], change: object, said: str
) -> None:
    assert run(PACK) == 0
    Path("odd.parquet").write_bytes(Path("rows.parquet").read_bytes())
    assert callable(change)
    change(Path("odd.parquet"))
    before = set(Path().iterdir())
    capsys.readouterr()
    assert run(["predict", "models", "churn", "odd.parquet", "-o", "out.parquet"]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith(f"Error: {said}")
    assert captured.err.count("\n") == 1
    assert set(Path().iterdir()) == before
