"""A model's own modules: imported when they are needed, by the model alone, whatever other models' are called."""

from __future__ import annotations

import pickle
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

from inference.own_code import importable
from tests.inference.mlflow_folders import write_folder

if TYPE_CHECKING:
    from inference.model import LoadedModel
    from tests.conftest import ModelsFolder

ROWS = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]})
STEPS = """
from sklearn.base import BaseEstimator, TransformerMixin
class Scaler(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.feature_names_in_ = X.columns.to_numpy(dtype=object)
        return self
    def transform(self, X):
        {statement}
        return X * {factor}
"""


def write(folder: Path, **sources: str) -> None:
    """Write modules; a dot in a name is a folder's end."""
    for name, source in sources.items():
        path = folder / f"{name.replace('.', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)


def save(folder: ModelsFolder, name: str, statement: str, factor: str, **sources: str) -> None:
    """Add a model whose transformer runs an import statement in each call; `sources` are its other modules."""
    code = folder.path / name / "code"
    write(code, steps=STEPS.format(statement="", factor=1), **sources)
    with importable(code):
        scaler = __import__("steps").Scaler()
        folder.add(name, make_pipeline(scaler, LinearRegression()).fit(ROWS, [1.0, 2.0, 3.0, 4.0]), sample=ROWS)
    write(code, steps=STEPS.format(statement=statement, factor=factor))


def load(folder: ModelsFolder) -> dict[str, LoadedModel]:
    before = dict(sys.modules)
    models = {model.info.name: model for model in folder.load().loaded}
    assert {name: sys.modules.get(name) for name in before} == before
    return models


def scaled(model: LoadedModel) -> list[float]:
    """Ask the transformer alone."""
    values: list[float] = model.estimator[0].transform(ROWS)["a"].tolist()
    return values


IMPORTS = {
    "a module": ("import numbers_of_ours", "numbers_of_ours.FACTOR", {"numbers_of_ours": "FACTOR = {n}"}),
    "a name": ("from factors import FACTOR", "FACTOR", {"factors": "FACTOR = {n}"}),
    "a module of a package": ("import lib.factors", "lib.factors.FACTOR", {"lib.factors": "FACTOR = {n}"}),
    "a name of a package": ("from lib import factors", "factors.FACTOR", {"lib.factors": "FACTOR = {n}"}),
    "a package that imports its parts": (
        "from lib import FACTOR",
        "FACTOR",
        {"lib.__init__": "from .inner import FACTOR", "lib.inner": "from . import deep\nFACTOR = deep.n()",
         "lib.deep": "def n():\n    from .last import N\n    return N", "lib.last": "N = {n}"},
    ),
    "modules that import each other": (
        "import one", "one.factor()",
        {"one": "import two\ndef factor():\n    return two.FACTOR", "two": "import one\nFACTOR = {n}"},
    ),
    "a module named as one of this program": ("import schema.names", "schema.names.F", {"schema.names": "F = {n}"}),
    "a module of another library": ("import fractions, factors", "factors.FACTOR", {"factors": "FACTOR = {n}"}),
    "a dataclass of written types": (
        "from factors import Factor", "Factor().n",
        {"factors": "from __future__ import annotations\nfrom dataclasses import dataclass\n"
                    "@dataclass\nclass Factor:\n    n: float = {n}"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", IMPORTS)
def test_an_import_inside_a_function_finds_the_models_own_module(models_folder: ModelsFolder, case: str) -> None:
    statement, factor, sources = IMPORTS[case]
    for name, n in (("twice", 2), ("thrice", 3)):
        save(models_folder, name, statement, factor, **{k: v.replace("{n}", str(n)) for k, v in sources.items()})
    models = load(models_folder)
    before = dict(sys.modules)
    for _ in range(2):  # the second time nothing is left to import
        assert scaled(models["twice"]) == [2, 4, 6, 8]
        assert scaled(models["thrice"]) == [3, 6, 9, 12]
    assert {name: sys.modules.get(name) for name in before} == before
    assert [name for name, module in sys.modules.items() if str(models_folder.path) in repr(module)] == []


def test_models_that_import_and_predict_at_once_get_their_own_modules(models_folder: ModelsFolder) -> None:
    factors = range(2, 8)
    slow = "import time\ntime.sleep(0.01)\nFACTOR = {n}"
    for n in factors:
        save(models_folder, f"m{n}", "from factors import FACTOR", "FACTOR", factors=slow.replace("{n}", str(n)))
    models = load(models_folder)
    together = threading.Barrier(12)

    def ask(n: int) -> bool:
        together.wait(30)
        return all(scaled(models[f"m{n}"]) == [n, 2 * n, 3 * n, 4 * n] for _ in range(50))

    with ThreadPoolExecutor(12) as threads:
        assert all(threads.map(ask, [*factors, *factors]))


def test_a_module_is_run_once(models_folder: ModelsFolder, tmp_path: Path) -> None:
    count = f"from pathlib import Path\nwith Path({str(tmp_path / 'count')!r}).open('a') as f: f.write('x')\nFACTOR = 2"
    save(models_folder, "m", "from factors import FACTOR", "FACTOR", factors=count)
    model = load(models_folder)["m"]
    for _ in range(3):
        scaled(model)
    assert (tmp_path / "count").read_text() == "x"


@pytest.mark.parametrize("statement", ["import lacking", "from steps import lacking", "from . import steps"])
def test_what_is_not_there_is_an_import_error_as_ever(models_folder: ModelsFolder, statement: str) -> None:
    save(models_folder, "m", f"\n        if X['a'].max() == 4: {statement}", "1")
    model = load(models_folder)["m"]
    with pytest.raises(ImportError):
        scaled(model)


def test_what_fails_to_be_imported_is_tried_again(models_folder: ModelsFolder, tmp_path: Path) -> None:
    there = tmp_path / "there"
    source = f"from pathlib import Path\nassert Path({str(there)!r}).exists()\nFACTOR = 2"
    save(
        models_folder,
        "m",
        '\n        if X["a"].max() < 4: return X\n        from factors import FACTOR',
        "FACTOR",
        factors=source,
    )
    model = load(models_folder)["m"]
    with pytest.raises(AssertionError):
        scaled(model)
    there.touch()
    assert scaled(model) == [2, 4, 6, 8]


def test_a_function_that_was_saved_alone_imports_too(models_folder: ModelsFolder) -> None:
    code = models_folder.path / "m/code"
    write(code, cleaning="def clip(X):\n    from limits import TOP\n    return X.clip(0, TOP)", limits="TOP = 2")
    with importable(code):
        joblib.dump(__import__("cleaning").clip, models_folder.path / "clip.joblib")
        from_file = joblib.load(models_folder.path / "clip.joblib")
    assert from_file(ROWS)["a"].tolist() == [1, 2, 2, 2]
    with pytest.raises(ModuleNotFoundError):
        __import__("cleaning")


def test_the_code_paths_of_an_mlflow_folder_are_its_models_own_code(models_folder: ModelsFolder) -> None:
    code = models_folder.path / "m/code"
    write(code, steps=STEPS.format(statement="from factors import FACTOR", factor="FACTOR"), factors="FACTOR = 3")
    with importable(code):
        fitted = make_pipeline(__import__("steps").Scaler(), LinearRegression()).fit(ROWS, [1.0, 2.0, 3.0, 4.0])
        content = pickle.dumps(fitted)
    inputs, keys = [{"type": "double", "name": "a"}], {"serialization_format": "cloudpickle"}
    folder = write_folder(models_folder.path / "m", "sklearn", "model.pkl", content, inputs=inputs, **keys)
    said = (folder / "MLmodel").read_text()
    (folder / "MLmodel").write_text(said.replace("code: null", "code: code"))
    assert scaled(load(models_folder)["m"]) == [3, 6, 9, 12]


def test_no_folder_changes_nothing() -> None:
    before = list(sys.meta_path)
    with importable(None):
        assert sys.meta_path == before


def test_a_module_that_fails_leaves_the_import_system_as_it_was(tmp_path: Path) -> None:
    write(tmp_path, broken="1 / 0")
    before: Any = (list(sys.meta_path), dict(sys.modules))
    with pytest.raises(ZeroDivisionError), importable(tmp_path):
        __import__("broken")
    assert (list(sys.meta_path), dict(sys.modules)) == before
