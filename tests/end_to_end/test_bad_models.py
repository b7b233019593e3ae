"""Models that cannot be served: what the command line says of each, and that the others are served beside them."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import pandas as pd
import pytest
import skops.io
from onnx import helper
from sklearn.cluster import DBSCAN
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from server.cli import run
from server.settings import Settings
from tests.inference.graphs import graph, tensor
from tests.inference.mlflow_folders import write_folder

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Serve

ROWS = pd.DataFrame({"width": [1.0, 2.0, 3.0, 4.0], "height": [0.0, 1.0, 0.0, 1.0]})
WORDS = ["no", "yes", "no", "yes"]
FITTED = LogisticRegression().fit(ROWS, WORDS)


def _good(folder: Path, card: str = "") -> None:
    joblib.dump(FITTED, folder / "model.joblib")
    if card:
        (folder / "card.yaml").write_text(card)


def _estimator(estimator: Any) -> Callable[[Path], None]:
    def save(folder: Path) -> None:
        joblib.dump(estimator, folder / "model.joblib")

    return save


def _carded(card: str) -> Callable[[Path], None]:
    return lambda folder: _good(folder, card)


def _onnx(*axes: str | int) -> Callable[[Path], None]:
    def save(folder: Path) -> None:
        names = [f"x{place}" for place in range(len(axes))]
        node = helper.make_node("MatMul" if len(axes) > 1 else "Neg", names, ["y"])
        inputs = [tensor(name, axis, 2) for name, axis in zip(names, axes, strict=True)]
        (folder / "model.onnx").write_bytes(graph(node, inputs, [tensor("y", axes[0], 2)]))

    return save


def _skops(folder: Path) -> None:
    skops.io.dump(RandomForestClassifier(2).fit(ROWS, WORDS), folder / "model.skops")


def _open_to_all(folder: Path) -> None:
    _good(folder)
    (folder / "model.joblib").chmod(0o666)


def _led_away(folder: Path) -> None:
    outside = folder.parents[1] / "outside.joblib"
    joblib.dump(FITTED, outside)
    (folder / "model.joblib").symlink_to(outside)


def _mlflow_away(folder: Path) -> None:
    (folder.parents[1] / "outside.pkl").write_bytes(pickle.dumps(FITTED))
    write_folder(folder, "sklearn", "model.pkl", b"")
    said = (folder / "MLmodel").read_text().replace("model.pkl", "../../outside.pkl")
    (folder / "MLmodel").write_text(said)


def _mlflow_flavour(folder: Path) -> None:
    write_folder(folder, "pytorch", "model.pth", b"")


def _cut(folder: Path) -> None:
    _good(folder)
    path = folder / "model.joblib"
    path.write_bytes(path.read_bytes()[:100])


BAD: Mapping[str, tuple[Callable[[Path], None], str, str, str]] = {
    "onnx_axes": (_onnx("n", "m"), "model.onnx", "'n' of 'x0', 'm' of 'x1'", "one name for the first axis"),
    "onnx_fixed": (_onnx(1), "model.onnx", "it takes 1 rows at a time", "a first axis that is dynamic"),
    "skops_types": (_skops, "model.skops", "nobody has said to trust: sklearn.tree._tree.Tree", "`trusted: [sklearn."),
    "writable": (_open_to_all, "model.joblib", "every user of this machine can write to it", "Run: chmod -R o-w"),
    "digest": (_carded(f"sha256: {'ab' * 32}"), "model.joblib", "its sha256 is", "correct sha256 in card.yaml"),
    "away": (_led_away, "model.joblib", "nothing outside", "Put the files themselves there"),
    "mlflow_away": (_mlflow_away, "outside.pkl", "nothing outside", "Put the files themselves there"),
    "flavour": (_mlflow_flavour, "MLmodel", "its flavours are not served: pytorch", "mlflow.sklearn"),
    "cut": (_cut, "model.joblib", "it cannot be read: ", "save it again with joblib.dump"),
    "no_new_rows": (_estimator(DBSCAN().fit(ROWS)), "model.joblib", "cannot answer for new rows", "Serve an estimator"),
    "not_fitted": (_estimator(LogisticRegression()), "model.joblib", "is not fitted", "Call fit on it"),
    "no_estimator": (_estimator({"a": 1}), "model.joblib", "it holds a dict", "Save the fitted estimator itself"),
    "card_type": (
        _carded("features: {width: {type: text}}"), "model.joblib", "could not convert string to float",
        "Correct the types of features in",
    ),
    "card_key": (_carded("desciption: a"), "card.yaml", "the nearest known is 'description'", "Correct or remove it"),
}  # fmt: skip
"""By name: how it is made, the file that is named, the reason and the mend."""


@pytest.mark.parametrize("name", BAD)
def test_a_model_that_cannot_be_served_is_one_line_with_the_file_the_reason_and_the_mend(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    make, file, why, mend = BAD[name]
    folder = tmp_path / "models" / name
    folder.mkdir(parents=True)
    make(folder)
    for command in (["inspect", str(folder.parent)], ["schema", str(folder.parent)]):
        assert run(command) == 1
        captured = capsys.readouterr()
        assert captured.out == ""
        (line,) = captured.err.splitlines()
        where, _, said = line.removeprefix("Error: ").partition(": ")
        assert where.startswith(str(folder))
        assert where.endswith(file)
        assert why in said
        assert mend in said


@pytest.mark.parametrize("allowed", ["skops,onnx", "pickle"])
def test_a_format_that_is_not_allowed_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, allowed: str
) -> None:
    (tmp_path / "models/m").mkdir(parents=True)
    _good(tmp_path / "models/m")
    listed = ", ".join(sorted(allowed.split(",")))
    said = f"m/model.joblib: its format is joblib, and only {listed} may be loaded. Save it as one of model."
    assert run(["serve", str(tmp_path / "models"), "--port", "0", "--formats", allowed]) == 1
    assert said in capsys.readouterr().err
    monkeypatch.setenv("PREDICTQL_FORMATS", allowed)
    assert run(["inspect", str(tmp_path / "models")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def test_bad_models_take_nothing_from_a_good_one_and_say_why_they_failed(tmp_path: Path, serve: Serve) -> None:
    root = tmp_path / "models"
    for name, make in {"good": _good, **{name: bad[0] for name, bad in BAD.items()}}.items():
        (root / name).mkdir(parents=True)
        make(root / name)
    client = serve(Settings(models=root, engine="native", keep_going=True))
    models = {model["name"]: model for model in client.data("{ models { name status error } }")["models"]}
    assert models.keys() == {"good", *BAD}
    assert models.pop("good") == {"name": "good", "status": "READY", "error": None}
    for name, model in models.items():
        _, file, why, mend = BAD[name]
        assert model["status"] == "FAILED"
        assert file in model["error"]
        assert why in model["error"]
        assert mend in model["error"]
    answer = client.data("{ good(input: { width: 4, height: 1 }) { rawLabel probabilityVector } }")["good"]
    row = pd.DataFrame({"width": [4.0], "height": [1.0]})
    assert answer == {
        "rawLabel": FITTED.predict(row)[0],
        "probabilityVector": FITTED.predict_proba(row)[0].tolist(),
    }
