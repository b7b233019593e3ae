"""Artifacts that cannot be read are refused with the file, the reason and the mend."""

from __future__ import annotations

import importlib
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from inference.card import Card
from inference.errors import ArtifactError
from inference.formats.format import Artifact, Format
from inference.formats.joblib import JOBLIB, PICKLE
from inference.formats.known import FORMATS, artifact_names, format_of
from inference.formats.names import FORMAT_NAMES

ROWS = np.arange(12.0).reshape(6, 2)


def fitted() -> LogisticRegression:
    return LogisticRegression().fit(ROWS, ["a", "b"] * 3)


def read(format_: Format, path: Path) -> Any:
    return format_.load(Artifact(path, path.read_bytes(), Card())).estimator


def refusal(path: Path) -> ArtifactError:
    with pytest.raises(ArtifactError) as raised:
        read(JOBLIB, path)
    assert raised.value.where == str(path)
    return raised.value


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "model.joblib"
    joblib.dump(fitted(), path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cut") / "model.joblib"


@pytest.mark.parametrize("compress", [0, 3, ("lzma", 3)])
def test_a_joblib_file_is_read_whatever_its_compression(tmp_path: Path, compress: int | tuple[str, int]) -> None:
    joblib.dump(fitted(), tmp_path / "model.joblib", compress=compress)
    loaded = read(JOBLIB, tmp_path / "model.joblib")
    assert loaded.predict(ROWS).tolist() == fitted().predict(ROWS).tolist()


def test_a_plain_pickle_is_read(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(fitted()))
    assert read(PICKLE, tmp_path / "model.pkl").classes_.tolist() == ["a", "b"]


@given(share=st.floats(0, 1, exclude_max=True))
def test_an_artifact_cut_anywhere_is_refused(whole: bytes, cut: Path, share: float) -> None:
    cut.write_bytes(whole[: int(share * len(whole))])
    error = refusal(cut)
    assert error.why.startswith("it cannot be read: ")
    assert error.mend == "It is damaged, cut short or no joblib file: save it again with joblib.dump"


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.joblib").touch()
    assert refusal(tmp_path / "model.joblib").why.startswith("it cannot be read: ")


@pytest.mark.parametrize("content", [b"not a pickle at all\n", b"\x80\x05", b"PK\x03\x04", b"\x00" * 100, b"{}"])
def test_a_file_of_something_else_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.joblib").write_bytes(content)
    assert len(str(refusal(tmp_path / "model.joblib")).splitlines()) == 1


def saved_with(module: str, folder: Path) -> Path:
    """Save an object whose class stands in a module that is importable only here and now."""
    source = folder / f"{module.replace('.', '/')}.py"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text("class Doubler:\n    pass\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        joblib.dump(importlib.import_module(module).Doubler(), folder / "model.joblib")
    top = module.partition(".")[0]
    for name in [name for name in sys.modules if name.partition(".")[0] == top]:
        del sys.modules[name]
    return folder / "model.joblib"


def test_an_artifact_that_needs_a_missing_module_names_it_and_both_mends(tmp_path: Path) -> None:
    error = refusal(saved_with("steps", tmp_path))
    assert error.why == "it needs the module 'steps', which cannot be imported"
    assert error.mend == (
        f"Install the package that has it, or put steps.py, or the folder steps, into {tmp_path / 'code'}/"
    )


def test_an_artifact_that_needs_a_missing_package_names_it_whole(tmp_path: Path) -> None:
    error = refusal(saved_with("teamlib.steps", tmp_path))
    assert "the module 'teamlib'" in error.why
    assert f"or the folder teamlib, into {tmp_path / 'code'}/" in error.mend


@pytest.mark.parametrize("protocol", [2, 4])
def test_a_class_from_the_script_that_saved_it_is_to_be_moved_into_a_module(tmp_path: Path, protocol: int) -> None:
    script = (
        f"import pickle\nclass Doubler:\n    pass\npickle.dump(Doubler(), open('model.joblib', 'wb'), {protocol})\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, timeout=60)
    error = refusal(tmp_path / "model.joblib")
    assert error.why == "it needs 'Doubler', which was defined in the script or notebook that saved it"
    assert error.mend == (
        f"Move 'Doubler' into a module, import it from there, save again and put the module into {tmp_path / 'code'}/"
    )


class Vanishing:
    """A class that its module will not have any more."""


@pytest.mark.parametrize("protocol", [2, 4])
def test_a_class_that_its_module_lacks_is_named_with_the_package_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: int
) -> None:
    joblib.dump(Vanishing(), tmp_path / "model.joblib", protocol=protocol)
    monkeypatch.delattr(sys.modules[__name__], "Vanishing")
    error = refusal(tmp_path / "model.joblib")
    assert error.why == f"it needs 'Vanishing' from the module {__name__!r}, which has none"
    assert error.mend == f"Install the version of {__name__.split('.')[0]!r} that it was trained with"


class Misfit:
    """Its state does not fit the class as it is now."""

    def __init__(self) -> None:
        self.depth = 3

    def __setstate__(self, state: dict[str, object]) -> None:  # noqa: D105  # the class says it
        self.depth = state["deepness"].value  # type: ignore[attr-defined]  # the attribute that is missing


def test_state_that_does_not_fit_the_installed_classes_is_no_crash(tmp_path: Path) -> None:
    joblib.dump(Misfit(), tmp_path / "model.joblib")
    assert refusal(tmp_path / "model.joblib").why.startswith("it cannot be read: KeyError")


class Incomplete:
    """Its state lacks an attribute that reading it needs."""

    def __reduce__(self) -> tuple[object, tuple[object, str]]:  # noqa: D105  # the class says it
        return getattr, (Path, "no_such_attribute")


def test_an_attribute_that_reading_needs_and_no_library_has_is_a_matter_of_versions(tmp_path: Path) -> None:
    joblib.dump(Incomplete(), tmp_path / "model.joblib")
    error = refusal(tmp_path / "model.joblib")
    assert error.why.startswith("its objects do not fit the installed libraries: ")
    assert error.mend == "Install the library versions that it was trained with"


def test_a_module_that_fails_while_it_is_imported_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved_with("picky", tmp_path)
    (tmp_path / "picky.py").write_text("raise ImportError('picky needs libfoo 3')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    error = refusal(path)
    assert error.why == "importing what it is made of failed: picky needs libfoo 3"
    assert error.mend == "Install the library versions that it was trained with"


class Greedy:
    """Takes more memory than there is."""

    def __reduce__(self) -> tuple[type, tuple[int]]:  # noqa: D105  # the class says it
        return bytearray, (2**62,)


def test_an_artifact_that_is_too_large_for_memory_is_no_crash(tmp_path: Path) -> None:
    joblib.dump(Greedy(), tmp_path / "model.joblib")
    error = refusal(tmp_path / "model.joblib")
    assert error.why == "memory ran out while it was read"


def test_the_format_is_told_by_the_suffix() -> None:
    assert format_of(Path("model.joblib")) is JOBLIB
    assert format_of(Path("a.b/model.pkl")) is PICKLE
    assert format_of(Path("model.pickle")) is PICKLE
    assert format_of(Path("model.h5")) is None
    assert artifact_names().startswith("model.joblib, model.pkl, model.pickle, ")
    assert artifact_names({"pickle"}) == "model.pkl, model.pickle"


def test_what_is_loaded_are_the_bytes_that_were_read_not_what_has_taken_their_place(tmp_path: Path) -> None:
    path = tmp_path / "model.joblib"
    joblib.dump(fitted(), path)
    artifact = Artifact(path, path.read_bytes(), Card())
    joblib.dump({"another": "thing"}, path)
    assert JOBLIB.load(artifact).estimator.classes_.tolist() == ["a", "b"]
    path.unlink()
    assert JOBLIB.load(artifact).estimator.classes_.tolist() == ["a", "b"]


def test_the_names_of_the_formats_are_those_of_the_formats() -> None:
    assert tuple(format_.name for format_ in FORMATS) == FORMAT_NAMES
