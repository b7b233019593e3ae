"""The lines in docs/errors.md about a start that stops are those that people get."""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import joblib
import pandas as pd
import pytest
import skops.io
from sklearn.base import BaseEstimator
from sklearn.cluster import DBSCAN
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from server.cli import run

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"
X = pd.DataFrame({"width": [0.2, 0.3, 1.8, 2.1], "length": [1.4, 1.3, 5.1, 5.9]})
Y = ["setosa", "setosa", "virginica", "virginica"]
IRIS = Path("models/iris")


def iris(card: str | None = None, sample: pd.DataFrame | None = None, estimator: object = None, name: str = "") -> None:
    """Write a model folder that can be served, but for what is given."""
    folder = IRIS / name
    folder.mkdir(parents=True)
    joblib.dump(LogisticRegression().fit(X, Y) if estimator is None else estimator, folder / "model.joblib")
    if card is not None:
        (folder / "card.yaml").write_text(card, encoding="utf-8")
    if sample is not None:
        sample.to_csv(folder / "sample.csv", index=False)


def nothing() -> None:
    Path("models").mkdir()


def another_name() -> None:
    iris()
    (IRIS / "model.joblib").rename(IRIS / "iris.joblib")


def two_artifacts() -> None:
    iris()
    (IRIS / "model.pkl").write_bytes((IRIS / "model.joblib").read_bytes())


def version_names() -> None:
    iris(name="v2")


def versions_apart() -> None:
    iris(name="1")
    iris(name="2", estimator=LogisticRegression().fit(X.rename(columns={"width": "petal"}), Y))


def open_to_all() -> None:
    iris()
    (IRIS / "model.joblib").chmod(0o666)


def led_away() -> None:
    IRIS.mkdir(parents=True)
    (IRIS / "model.joblib").symlink_to("/etc/passwd")


def untrusted() -> None:
    IRIS.mkdir(parents=True)
    with module("cleaning", "clip") as function:
        pipeline = make_pipeline(FunctionTransformer(function), LogisticRegression())
        skops.io.dump(pipeline.fit(X, Y), IRIS / "model.skops")


def cut_short() -> None:
    iris()
    content = (IRIS / "model.joblib").read_bytes()
    (IRIS / "model.joblib").write_bytes(content[: len(content) // 2])


@contextmanager
def module(where: str, name: str) -> Iterator[types.FunctionType]:
    """Let a module with a function be importable within the block."""
    made = types.ModuleType(where)
    function = types.FunctionType((lambda frame: frame).__code__, {}, name)
    function.__module__, function.__qualname__ = where, name
    setattr(made, name, function)
    before = sys.modules.get(where)
    sys.modules[where] = made
    try:
        yield function
    finally:
        sys.modules.pop(where) if before is None else sys.modules.update({where: before})


def left_behind(where: str, name: str) -> Callable[[], None]:
    """Save a pipeline with something of a module that is gone when it is loaded."""

    def write() -> None:
        with module(where, name) as function:
            transformer = FunctionTransformer(function, feature_names_out="one-to-one")
            iris(estimator=make_pipeline(transformer, LogisticRegression()).fit(X, Y))

    return write


def with_index() -> None:
    iris()
    X.to_csv(IRIS / "sample.csv")


def two_models() -> None:
    iris()
    for name in ("my-iris", "my_iris"):
        (IRIS.parent / name).mkdir()
        joblib.dump(LogisticRegression().fit(X, Y), IRIS.parent / name / "model.joblib")


def fitted_on(**columns: str) -> BaseEstimator:
    return LogisticRegression().fit(X.rename(columns=columns), Y)


MISTAKES: list[Callable[[], None]] = [
    nothing,
    another_name,
    two_artifacts,
    lambda: IRIS.mkdir(parents=True),
    version_names,
    versions_apart,
    open_to_all,
    untrusted,
    led_away,
    cut_short,
    lambda: iris(estimator={"model": 1}),
    lambda: iris(estimator=LogisticRegression()),
    left_behind("cleaning", "clip"),
    left_behind("__main__", "Clipper"),
    lambda: iris(estimator=DBSCAN().fit(X)),
    lambda: iris("desciption: Iris species"),
    lambda: iris("features: { width: { mni: 0 } }"),
    lambda: iris("features: { widht: { unit: cm } }"),
    lambda: iris("features: { width: { type: text } }", sample=X),
    lambda: iris("classes: { sertosa: { name: Setosa } }"),
    lambda: iris("features: { width: { required: false } }"),
    lambda: iris(sample=X.assign(species=Y, site="Gaspé")),
    with_index,
    lambda: iris(sample=X.rename(columns={"width": "widht"})),
    lambda: iris(estimator=fitted_on(length="Width")),
    two_models,
]


def lines() -> list[str]:
    section = PAGE.read_text(encoding="utf-8").split("\n## At the start\n")[1]
    blocks = re.findall(r"^```\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_every_line_has_a_mistake_that_it_is_about() -> None:
    assert len(lines()) == len(MISTAKES)


@pytest.mark.parametrize("place", range(len(MISTAKES)))
def test_a_start_that_stops_says_what_the_page_shows(
    place: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    MISTAKES[place]()
    assert run(["schema", "models"]) == 1
    assert capsys.readouterr().err == f"Error: {lines()[place]}\n"
