"""What is done around the reading of an artifact: its digest, its model's own code, the versions it was saved with."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import pandas as pd
import pytest
import sklearn
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from inference.artifact import read_artifact
from inference.card import Card
from inference.errors import ArtifactError, LoadFailed
from inference.own_code import importable
from inference.repository import VersionFiles
from inference.trust import TRUST

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder

ROWS = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [0.0, 1.0, 0.0, 1.0]})
ALIEN = "0.0.7"


def regression() -> Any:
    return LinearRegression().fit(ROWS, [1.0, 2.0, 3.0, 4.0])


def files(artifact: Path, code: Path | None = None) -> VersionFiles:
    return VersionFiles("m", "1", artifact, (), None, code, artifact.parent)


class Bomb:
    """Leaves a trace where it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, tuple[Path]]:  # noqa: D105  # the class says it
        return Path.touch, (self.trace,)


def test_size_digest_and_format_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "model.joblib"
    joblib.dump(regression(), path)
    _, info = read_artifact(files(path), Card(), TRUST)
    assert info.format == "joblib"
    assert info.size_bytes == path.stat().st_size
    assert info.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_an_artifact_with_the_expected_digest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "model.joblib"
    joblib.dump(Bomb(tmp_path / "trace"), path)
    read_artifact(files(path), Card(sha256=hashlib.sha256(path.read_bytes()).hexdigest()), TRUST)
    assert (tmp_path / "trace").exists()


def test_an_artifact_with_another_digest_is_refused_before_a_byte_is_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "model.joblib"
    joblib.dump(Bomb(tmp_path / "trace"), path)
    with pytest.raises(ArtifactError) as raised:
        read_artifact(files(path), Card(sha256="0" * 64), TRUST)
    assert not (tmp_path / "trace").exists()
    assert raised.value.where == str(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert raised.value.why == f"its sha256 is {digest}, and the card says {'0' * 64}"
    assert raised.value.mend == "Put the expected artifact there, or correct sha256 in card.yaml"


def test_a_file_that_cannot_be_opened_is_refused_with_the_systems_reason(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="it cannot be opened: No such file or directory"):
        read_artifact(files(tmp_path / "model.joblib"), Card(), TRUST)


def test_a_format_that_is_not_served_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.h5").touch()
    with pytest.raises(ArtifactError, match=r"its format is not served\. Save it as one of model\.joblib"):
        read_artifact(files(tmp_path / "model.h5"), Card(), TRUST)


def transformer(factor: int) -> str:
    """Write a module with a transformer of a user's own."""
    return f"""
from sklearn.base import BaseEstimator, TransformerMixin
class Scaler(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.fitted_ = True
        return self
    def transform(self, X):
        return X * {factor}
"""


def add_with_code(folder: ModelsFolder, name: str, factor: int, module: str = "steps") -> None:
    """Add a model whose transformer is in a module of its code folder, as a user trains and saves it."""
    code = folder.path / name / "code"
    source = code / f"{module.replace('.', '/')}.py"
    source.parent.mkdir(parents=True)
    source.write_text(transformer(factor))
    with importable(code):
        scaler = __import__(module, fromlist=["Scaler"]).Scaler()
        folder.add(name, make_pipeline(scaler, LinearRegression()).fit(ROWS, [1.0, 2.0, 3.0, 4.0]), sample=ROWS)


@pytest.mark.parametrize("module", ["steps", "teamlib.steps", "schema", "inference"])
def test_two_models_may_have_modules_of_one_name_in_their_code_folders(
    models_folder: ModelsFolder, module: str
) -> None:
    add_with_code(models_folder, "twice", 2, module)
    add_with_code(models_folder, "thrice", 3, module)
    before = dict(sys.modules)
    twice, thrice = sorted(models_folder.load().loaded, key=lambda model: model.info.name, reverse=True)
    assert twice.estimator[0].transform(ROWS)["a"].tolist() == [2, 4, 6, 8]
    assert thrice.estimator[0].transform(ROWS)["a"].tolist() == [3, 6, 9, 12]
    assert [name for name, loaded in before.items() if sys.modules.get(name) is not loaded] == []
    assert [name for name, loaded in sys.modules.items() if str(models_folder.path) in repr(loaded)] == []
    assert not [path for path in sys.path if path.startswith(str(models_folder.path))]


def test_a_custom_estimator_says_which_module_it_comes_from(models_folder: ModelsFolder) -> None:
    code = models_folder.path / "own/code"
    code.mkdir(parents=True)
    (code / "steps.py").write_text(transformer(2))
    with importable(code):
        models_folder.add("own", __import__("steps").Scaler().fit(ROWS), sample=ROWS)
    (own,) = models_folder.load().loaded
    assert own.serving.estimator.framework == "steps"
    assert own.serving.estimator.libraries == ()


def test_a_code_folder_that_lacks_the_module_is_named_as_the_place_for_it(models_folder: ModelsFolder) -> None:
    add_with_code(models_folder, "own", 2)
    code = models_folder.path / "own/code"
    (code / "steps.py").rename(code / "other.py")
    with pytest.raises(LoadFailed, match=rf"it needs the module 'steps'.* into {code}/"):
        models_folder.load()


def forge_version(folder: Path, written: str = ALIEN) -> None:
    """Let an artifact say that another scikit-learn saved it: the version stands in it as text of a known length."""
    path = folder / "model.joblib"
    saved = path.read_bytes()
    mark = sklearn.__version__.encode()
    assert mark in saved
    assert len(written) <= len(mark)
    path.write_bytes(saved.replace(mark, written.encode().ljust(len(mark), b"0")))


def test_another_scikit_learn_version_is_a_warning_for_that_model_alone(
    models_folder: ModelsFolder, recwarn: pytest.WarningsRecorder, capfd: pytest.CaptureFixture[str]
) -> None:
    for place in range(12):
        pipeline = make_pipeline(StandardScaler(), LinearRegression()).fit(ROWS, [1.0, 2.0, 3.0, 4.0])
        folder = models_folder.add(f"m{place}", pipeline)
        if place % 3 == 0:
            forge_version(folder, f"0.0.{place % 10}")
    for model in models_folder.load().loaded:
        place = int(model.info.name[1:])
        (library,) = model.serving.estimator.libraries
        assert (library.name, library.running) == ("scikit-learn", sklearn.__version__)
        if place % 3:
            assert model.serving.warnings == ()
            assert library.trained_with == sklearn.__version__
        else:
            alien = f"0.0.{place % 10}".ljust(len(sklearn.__version__), "0")
            (warning,) = model.serving.warnings
            assert library.trained_with == alien
            assert f"{model.info.name}/model.joblib was trained with scikit-learn {alien}" in warning
            assert f"Train it again with {sklearn.__version__}, or serve it with {alien}." in warning
    assert list(recwarn) == []
    assert capfd.readouterr().err == ""


def test_the_version_of_an_artifact_that_failed_is_not_said_of_the_next(models_folder: ModelsFolder) -> None:
    for name in ("a_bad", "b_good"):  # with code folders they load in this order, in one thread
        add_with_code(models_folder, name, 2)
    broken = models_folder.path / "a_bad"
    joblib.dump([regression(), Missing()], broken / "model.joblib")
    forge_version(broken)
    models = models_folder.load(keep_going=True)
    assert [info.name for info in models.failed] == ["a_bad"]
    assert models.loaded[0].serving.warnings == ()


class Missing:
    """Cannot be read back, after what was saved before it was."""

    def __reduce__(self) -> tuple[Any, tuple[type, str]]:  # noqa: D105  # the class says it
        return getattr, (Path, "no_such_attribute")
