"""`predictql predict`: files in, files out, with the model's own answers, whatever stands in the cells."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from server.cli import run

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder

SCORED, SOME_FAILED = 0, 3


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with one model of a number, a whole number, a truth value, a closed and an open category."""
    frame = pd.DataFrame(
        {
            "area": np.linspace(20, 200, 60),
            "rooms": np.arange(60) % 6 + 1,
            "lift": np.arange(60) % 2 == 0,
            "kind": np.array(["flat", "house", "NA"])[np.arange(60) % 3],
            "city": np.array(["Bern", "Chur"])[np.arange(60) % 2],
        }
    )
    columns = make_column_transformer(
        (SimpleImputer(), ["area"]),
        (OneHotEncoder(handle_unknown="error"), ["kind"]),
        (OneHotEncoder(handle_unknown="ignore"), ["city"]),
        remainder="passthrough",
    )
    folder = tmp_path_factory.mktemp("models") / "rent"
    folder.mkdir()
    rent = 10 * frame["area"] + frame["rooms"] + 100 * frame["lift"] + 7 * (frame["city"] == "Bern")
    joblib.dump(make_pipeline(columns, LinearRegression()).fit(frame, rent), folder / "model.joblib")
    frame.to_csv(folder / "sample.csv", index=False)
    (folder / "card.yaml").write_text("features: { rooms: { min: 1, max: 10 }, city: { default: Bern } }\n")
    return folder.parent


NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
GAPS = {"", "NA", "NaN", "nan", "null", "None"}
AREAS = ["5", " 7.25 ", "1e2", "-0", "1,000", "1_000", "1E400", "inf", "NaN", "NA", "", "x", '"', "٣", "\n8\n"]
ROOMS = ["1", "5.0", "10", "11", "2.5", " 3", "", "three", "99999999999"]
TRUTHS = ["true", "False", "TRUE", "1", "", "yes"]
KINDS = ["flat", "house", "NA", "Flat", "", "tent", ' "flat"']
CITIES = ["Bern", "Chur", "", "Zürich", "Bern, CH", 'the "city"', "two\nlines", "🏔"]
ROWS = st.tuples(*(st.one_of(st.sampled_from(odd), st.text(st.characters(codec="utf-8"), max_size=4))
                   for odd in (AREAS, ROOMS, TRUTHS, KINDS, CITIES)))  # fmt: skip


def understood(cells: tuple[str, ...]) -> tuple[Any, ...] | None:
    """Read a row as the model's signature says, None where something in it is refused; written for this test alone."""
    area, rooms, lift, kind, city = cells
    values: list[Any] = []
    if area.strip() in GAPS:
        values.append(np.nan)
    elif NUMBER.fullmatch(area.strip()) and np.isfinite(float(area)):
        values.append(float(area))
    if NUMBER.fullmatch(rooms.strip()) and float(rooms).is_integer() and 1 <= float(rooms) <= 10:
        values.append(int(float(rooms)))
    if lift.strip().lower() in {"true", "false"}:
        values.append(lift.strip().lower() == "true")
    if kind in {"flat", "house", "NA"}:
        values.append(kind)
    values.append("Bern" if city in GAPS else city)
    return tuple(values) if len(values) == len(cells) else None


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROWS, min_size=1, max_size=30))
def test_odd_cells_are_either_understood_or_refused_row_by_row(
    models: Path, tmp_path: Path, rows: list[tuple[str, ...]]
) -> None:
    source, target = tmp_path / "rows.csv", tmp_path / "out.csv"
    with source.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("area", "rooms", "lift", "kind", "city"), *rows])
    expected = [understood(row) for row in rows]
    good = [row for row in expected if row is not None]
    code = run(["predict", str(models), "rent", str(source), "-o", str(target)])

    assert code == (SCORED if len(good) == len(rows) else SOME_FAILED)
    answers = [row["value"] for row in table(target)]
    assert [bool(answer) for answer in answers] == [row is not None for row in expected]
    if good:
        frame = pd.DataFrame(good, columns=["area", "rooms", "lift", "kind", "city"])
        direct = joblib.load(models / "rent" / "model.joblib").predict(frame)
        assert [float(answer) for answer in answers if answer] == direct.tolist()
    errors = tmp_path / "out.errors.csv"
    starts = [2 + sum(_line_ends(row) + 1 for row in rows[:place]) for place in range(len(rows))]
    refused = [start for start, row in zip(starts, expected, strict=True) if row is None]
    assert ([int(row["line"]) for row in table(errors)] if errors.exists() else []) == refused


def _line_ends(cells: tuple[str, ...]) -> int:
    return sum(len(re.findall(r"\r\n|\r|\n", cell)) for cell in cells)


@pytest.mark.parametrize("name", ["diabetes", "digits", "iris", "language", "penguins", "wine_outliers"])
def test_scoring_a_models_sample_gives_the_estimators_own_answers(
    demo_models: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, target = demo_models / name, tmp_path / "out.csv"
    assert run(["predict", str(demo_models), name, str(folder / "sample.csv"), "-o", str(target)]) == SCORED
    assert "Warning" not in capsys.readouterr().err
    estimator, sample = joblib.load(folder / "model.joblib"), pd.read_csv(folder / "sample.csv")
    given: Any = sample["text"].tolist() if name == "language" else sample.to_numpy() if name == "digits" else sample
    direct, scored = estimator.predict(given), table(target)
    assert len(scored) == len(sample)
    if name == "diabetes":
        assert [float(row["value"]) for row in scored] == direct.tolist()
    elif name == "wine_outliers":
        assert [row["is_outlier"] for row in scored] == ["true" if one == -1 else "false" for one in direct]
        assert [float(row["score"]) for row in scored] == pytest.approx(estimator.score_samples(given), rel=1e-12)
    else:
        probabilities = [[float(row[key]) for key in row if key.startswith("probabilities.")] for row in scored]
        assert np.array(probabilities) == pytest.approx(estimator.predict_proba(given), rel=1e-12)
        assert [float(row["probability"]) for row in scored] == [max(row) for row in probabilities]


def test_what_is_asked_for_and_kept_makes_the_columns(demo_models: Path, tmp_path: Path) -> None:
    source = tmp_path / "rows.jsonl"
    flower = {"sepal length (cm)": 5.1, "sepal width (cm)": 3.5, "petal length (cm)": 1, "petal width (cm)": 0.2}
    rows = [flower | {"id": {"nested": 1}}, flower | {"petal width (cm)": "0.2", "id": 2}, flower]
    source.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    target = tmp_path / "out.jsonl"
    asked = ["--outputs", "rawLabel,decision", "--keep", "id", "-o", str(target)]
    assert run(["predict", str(demo_models / "iris"), "iris", str(source), *asked]) == SOME_FAILED
    first, second, third = map(json.loads, target.read_text().splitlines())
    assert list(first) == ["id", "raw_label", "decision.0", "decision.1", "decision.2"]
    assert (first["id"], first["raw_label"]) == ({"nested": 1}, "setosa")
    assert second == dict.fromkeys(first) | {"id": 2}
    assert third == first | {"id": None}
    (error,) = table(tmp_path / "out.errors.csv")
    assert error == {
        "line": "2",
        "column": "petal width (cm)",
        "code": "BAD_USER_INPUT",
        "message": "petal width (cm) is '0.2'; it must be a number",
    }


def test_without_an_output_file_csv_goes_to_stdout_and_what_is_wrong_to_stderr(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "rows.csv"
    source.write_text("id,kind,lift,rooms,area\n7,flat,true,2,50\n8,flat,true,20,50\n")
    assert run(["predict", str(models), "rent", str(source), "--keep-all"]) == SOME_FAILED
    captured = capsys.readouterr()
    header, good, bad = captured.out.splitlines()
    assert header == "id,kind,lift,rooms,area,value"
    assert float(good.removeprefix("7,flat,true,2,50,")) == pytest.approx(609, abs=1)
    assert bad == "8,flat,true,20,50,"
    assert f"{source}, line 3: rooms is 20; it must be between 1 and 10\n" in captured.err
    assert f"Warning: {source} has no column 'city'" in captured.err
    assert "1 of them have no prediction\n" in captured.err


def test_rows_on_which_the_model_raises_are_found_one_by_one(models_folder: ModelsFolder, tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]})
    model = make_pipeline(FunctionTransformer(np.reciprocal), LogisticRegression()).fit(frame, [0, 0, 1, 1])
    models_folder.add("m", model, sample=frame)
    values = np.arange(1.0, 2001.0)
    values[::20] = 0  # its reciprocal is infinite, which the classifier refuses
    source, target = tmp_path / "rows.csv", tmp_path / "out.csv"
    pd.DataFrame({"a": values}).to_csv(source, index=False)
    assert run(["predict", str(models_folder.path), "m", str(source), "-o", str(target)]) == SOME_FAILED
    failed = table(tmp_path / "out.errors.csv")
    assert [int(row["line"]) for row in failed] == list(range(2, 2002, 20))
    assert {row["code"] for row in failed} == {"PREDICTION_FAILED"}
    assert failed[0]["message"].startswith("the model raised ValueError: Input X contains infinity")
    assert [row["label"] == "" for row in table(target)] == (values == 0).tolist()


def test_a_run_without_bad_rows_leaves_no_side_file_of_an_earlier_one(models: Path, tmp_path: Path) -> None:
    source, target = tmp_path / "rows.csv", tmp_path / "out.csv"
    for rooms, code in (("x", SOME_FAILED), ("2", SCORED)):
        source.write_text(f"kind,lift,rooms,area,city\nflat,true,{rooms},50,Chur\n")
        assert run(["predict", str(models), "rent", str(source), "-o", str(target)]) == code
        assert (tmp_path / "out.errors.csv").exists() == (code == SOME_FAILED)


def test_each_version_can_be_asked(models_folder: ModelsFolder, tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0]})
    for version in (1, 2):
        models_folder.add("m", LinearRegression().fit(frame, frame["a"] * version), version=str(version), sample=frame)
    frame.to_csv(tmp_path / "rows.csv", index=False)
    for asked, factor in (([], 2), (["--version", "1"], 1)):
        target = tmp_path / "out.csv"
        assert (
            run(["predict", str(models_folder.path), "m", str(tmp_path / "rows.csv"), "-o", str(target), *asked]) == 0
        )
        assert [float(row["value"]) for row in table(target)] == pytest.approx(frame["a"] * factor)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nowhere", "rent", "rows.csv"], 1, "Error: nowhere: there is no such folder or artifact."),
        (["models", "rant", "rows.csv"], 1, "Error: There is no model 'rant'; the nearest known is 'rent'."),
        (["models", "rent", "rows.csv", "--version", "2"], 1, "Error: Model 'rent' has no version '2'; it has 1."),
        (
            ["models", "rent", "rows.csv", "--outputs", "lable"],
            1,
            "Error: rent has no output 'lable' for a table; the near",
        ),
        (
            ["models", "rent", "rows.csv", "--keep", "kinds"],
            1,
            "Error: rows.csv: there is no column 'kinds' to keep; the near",
        ),
        (["models", "rent", "named.csv", "--keep-all"], 1, "Error: named.csv: the column 'value' is to be kept, and"),
        (["models", "rent", "other.csv"], 1, "Error: other.csv: it lacks 'kind' (is 'kinds' meant?). Name the columns"),
        (["models", "rent", "twice.csv"], 1, "Error: twice.csv: column 'area' stands in it twice. Keep one of them."),
        (["models", "rent", "empty.csv"], 1, "Error: empty.csv: it is empty."),
        (
            ["models", "rent", "rows.csv", "-o", "out.xlsx"],
            1,
            "Error: out.xlsx: its name does not say a format of rows.",
        ),
        (["models", "rent", "rows.csv", "-o", "rows.csv"], 2, "Error: rows.csv holds the rows; write to another file."),
        (["models", "rent", "none.csv"], 2, "Error: Invalid value for 'ROWS': File 'none.csv' does not exist."),
    ],
)
def test_what_cannot_be_scored_is_said_in_one_line_and_writes_nothing(  # noqa: PLR0913, PLR0917  # three are fixtures
    models: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("models").symlink_to(models)
    Path("rows.csv").write_text("id,kind,lift,rooms,area\n7,flat,true,2,50\n")
    Path("named.csv").write_text("value,kind,lift,rooms,area\n7,flat,true,2,50\n")
    Path("other.csv").write_text("lift,rooms,kinds\ntrue,2,flat\n")
    Path("twice.csv").write_text("area,area,kind,lift,rooms\n1,1,flat,true,2\n")
    Path("empty.csv").touch()
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert run(["predict", *arguments]) == code
    captured = capsys.readouterr()
    assert captured.err.startswith(said)
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_only_formats_that_the_environment_allows_are_loaded(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PREDICTQL_FORMATS", "skops,onnx")
    (tmp_path / "rows.csv").write_text("kind,lift,rooms,area\nflat,true,2,50\n")
    assert run(["predict", str(models), "rent", str(tmp_path / "rows.csv")]) == 1
    assert run(["pack", str(models / "rent" / "model.joblib"), "--name", "m", "--out", str(tmp_path / "out")]) == 1
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith(f"Error: {models / 'rent' / 'model.joblib'}: ")
    assert second.startswith(f"Error: {models / 'rent' / 'model.joblib'}: ")
    assert "skops" in first
