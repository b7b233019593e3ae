"""Strings are stored in one way, with pyarrow and without."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import joblib
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from inference.card import FeatureType
from inference.signature.feature import Container, Feature, Signature, Storage
from inference.signature.from_sample import read_sample
from inference.signature.matrix import to_container

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder

WITHOUT_PYARROW = """
import sys


class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "pyarrow":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, NotInstalled())
from server.cli import run

code = run(sys.argv[1:])
assert "pyarrow" not in sys.modules
sys.exit(code)
"""


@pytest.mark.parametrize("storage", ["python", "pyarrow"])
def test_strings_are_pythons_own_whatever_pandas_would_take(tmp_path: Path, storage: str) -> None:
    pd.DataFrame({"a": ["x", None], "b": [1, 2]}).to_csv(tmp_path / "sample.csv", index=False)
    features = (
        Feature("a", FeatureType.CATEGORY),
        Feature("c", FeatureType.CATEGORY, categories=("u", "v"), storage=Storage.CATEGORY),
    )
    with pd.option_context("mode.string_storage", storage):
        sample = read_sample(tmp_path / "sample.csv")
        frame = to_container(Signature(features, Container.FRAME), [["x", None], ["v", "w"]])
    assert sample["a"].isna().tolist() == [False, True]
    for dtype in (sample["a"].dtype, frame["a"].dtype, frame["c"].cat.categories.dtype):
        assert isinstance(dtype, pd.StringDtype)
        assert dtype.storage == "python"


def test_categories_that_are_no_strings_keep_their_type() -> None:
    signature = Signature(
        (Feature("a", FeatureType.INTEGER, categories=(1, 2), storage=Storage.CATEGORY),), Container.FRAME
    )
    assert to_container(signature, [[2, 3]])["a"].cat.categories.dtype == "int64"


def test_a_model_answers_the_same_where_pyarrow_is_not_installed(models_folder: ModelsFolder, tmp_path: Path) -> None:
    frame = pd.DataFrame({"word": ["a1", "b2", "a3", None] * 5, "size": [1.5, 2.5, 3.5, 4.5] * 5})
    columns = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["word"]), remainder="passthrough")
    models_folder.add("m", make_pipeline(columns, LogisticRegression()).fit(frame, [0, 1, 1, 0] * 5), sample=frame)
    rows = tmp_path / "rows.csv"
    frame.to_csv(rows, index=False)
    answers = []
    for name, program in (("with", "import sys; from server.cli import run; sys.exit(run(sys.argv[1:]))"),
                          ("without", WITHOUT_PYARROW)):  # fmt: skip
        target = tmp_path / f"{name}.csv"
        command = ["predict", str(models_folder.path), "m", str(rows), "-o", str(target)]
        done = subprocess.run([sys.executable, "-c", program, *command], capture_output=True, text=True, check=False)
        assert (done.returncode, "Warning" in done.stderr) == (0, False), done.stderr
        answers.append(target.read_text())
    assert answers[0] == answers[1]


def test_what_was_fitted_on_strings_of_pyarrow_is_read_where_it_is_not_installed(tmp_path: Path) -> None:
    texts = pd.Series(["cannot log in", "paid twice"], dtype=pd.StringDtype("pyarrow"))
    queues = pd.Series(["it", "billing"], dtype=pd.StringDtype("pyarrow"))
    model = make_pipeline(CountVectorizer(), LogisticRegression()).fit(texts, queues)
    joblib.dump(model, tmp_path / "tickets.joblib")
    (tmp_path / "rows.csv").write_text("text\ncannot log in\npaid twice\n")
    command = ["predict", str(tmp_path / "tickets.joblib"), "tickets", str(tmp_path / "rows.csv")]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_PYARROW, *command, "--outputs", "label"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "label\nit\nbilling\n"), done.stderr
