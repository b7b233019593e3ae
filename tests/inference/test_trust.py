"""Files that may not be loaded are refused before anything of them is read, each with its reason and its mend."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from inference.errors import LoadFailed
from inference.formats.known import FORMATS
from inference.info import Limits
from inference.loader import Models, load_models
from inference.trust import TRUST, Trust

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder

LIMITS = Limits(max_rows=10, deadline_seconds=30)
ROWS = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]})
needs_modes = pytest.mark.skipif(os.name != "posix", reason="only POSIX has modes that say who may write")


class Bomb:
    """Leaves a trace where it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, tuple[Path]]:  # noqa: D105  # the class says it
        return Path.touch, (self.trace,)


def estimator() -> Any:
    return LinearRegression().fit(ROWS, [1.0, 2.0, 3.0, 4.0])


def refusal(path: Path, trust: Trust = TRUST) -> str:
    with pytest.raises(LoadFailed) as raised:
        load_models(path, LIMITS, trust=trust)
    (error,) = raised.value.errors
    return str(error)


def names(models: Models) -> list[str]:
    return [model.info.name for model in models.loaded]


@pytest.fixture
def folder(models_folder: ModelsFolder) -> Path:
    """Make a folder with one model and all that it may have beside it; return the model's folder."""
    model = models_folder.add("m", estimator(), sample=ROWS, card="description: A line\n")
    (model / "code/steps").mkdir(parents=True)
    (model / "code/steps/__init__.py").touch()
    return model


def open_up(path: Path) -> None:
    path.chmod(path.stat().st_mode | 0o002)


@needs_modes
@pytest.mark.parametrize(
    "name", ["model.joblib", "card.yaml", "sample.csv", "code", "code/steps/__init__.py", ".", ".."]
)
def test_a_model_of_which_anything_is_open_for_everyone_to_write_is_refused_until_it_is_mended(
    folder: Path, name: str
) -> None:
    path = Path(os.path.normpath(folder / name))
    open_up(path)
    said = refusal(folder.parent)
    assert said.startswith(f"{path}: every user of this machine can write to it. Run: chmod -R o-w {path}, or allow it")
    os.system(said.partition("Run: ")[2].partition(",")[0])  # noqa: S605  # it is what a user would do
    assert names(load_models(folder.parent, LIMITS)) == ["m"]


@needs_modes
def test_one_command_mends_all_that_is_open(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        open_up(path)
    assert f"Run: chmod -R o-w {folder}," in refusal(folder.parent)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    folder.chmod(0o755)
    for path in folder.glob("code/*/*"):
        open_up(path)
    open_up(folder / "model.joblib")
    open_up(folder / "sample.csv")
    said = refusal(folder.parent)
    assert f"Run: chmod -R o-w {folder / 'code/steps/__init__.py'} {folder / 'model.joblib'}" in said


@needs_modes
def test_nothing_is_unpickled_of_what_everyone_can_write_to(models_folder: ModelsFolder, tmp_path: Path) -> None:
    open_up(models_folder.add("m", Bomb(tmp_path / "trace")) / "model.joblib")
    refusal(models_folder.path)
    assert not (tmp_path / "trace").exists()


@needs_modes
def test_what_everyone_can_write_to_is_loaded_where_it_is_allowed(folder: Path) -> None:
    open_up(folder / "model.joblib")
    assert names(load_models(folder.parent, LIMITS, trust=Trust(writable=True))) == ["m"]


@needs_modes
def test_what_a_group_can_write_to_is_loaded_since_someone_chose_its_members(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        path.chmod(path.stat().st_mode | 0o020)
    assert names(load_models(folder.parent, LIMITS)) == ["m"]


@needs_modes
def test_where_the_models_folder_lies_is_the_operators_matter(folder: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    assert names(load_models(folder.parent, LIMITS)) == ["m"]


@needs_modes
def test_a_folder_that_all_share_is_not_to_be_closed_but_left(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    joblib.dump(estimator(), tmp_path / "line.joblib")
    said = refusal(tmp_path / "line.joblib")
    assert f"Move the models into a folder below {tmp_path} that is only yours, or allow it" in said


@needs_modes
def test_a_place_that_a_link_leads_to_is_looked_at_too(folder: Path) -> None:
    store = folder.parent / ".store"
    store.mkdir()
    (folder / "model.joblib").rename(store / "7f3a.joblib")
    (folder / "model.joblib").symlink_to("../.store/7f3a.joblib")
    assert names(load_models(folder.parent, LIMITS)) == ["m"]
    open_up(store)
    assert refusal(folder.parent).startswith(f"{store}: every user of this machine can write to it.")


@pytest.mark.parametrize("name", ["model.joblib", "card.yaml", "sample.csv", "code", "code/steps/__init__.py"])
def test_a_link_that_leads_out_of_the_models_folder_is_refused(folder: Path, tmp_path: Path, name: str) -> None:
    outside = tmp_path / f"outside{Path(name).suffix}"
    (folder / name).rename(outside)
    (folder / name).symlink_to(outside)
    assert refusal(folder.parent) == (
        f"{folder / name}: it leads to {outside}, and nothing outside {folder.parent} is followed."
        " Put the files themselves there instead of a link."
    )


@pytest.mark.parametrize("version", ["", "1"])
def test_a_folder_that_is_a_link_out_of_the_models_folder_is_refused(
    models_folder: ModelsFolder, tmp_path: Path, version: str
) -> None:
    models_folder.add("m", estimator(), version=version)
    link = models_folder.path / "m" / version
    link.rename(tmp_path / "outside")
    link.symlink_to(tmp_path / "outside")
    assert refusal(models_folder.path).startswith(f"{link}: it leads to {tmp_path / 'outside'}, and nothing outside")


def test_a_bare_file_that_is_a_link_out_of_the_models_folder_is_refused(
    models_folder: ModelsFolder, tmp_path: Path
) -> None:
    joblib.dump(Bomb(tmp_path / "trace"), tmp_path / "outside.joblib")
    (models_folder.path / "m.joblib").symlink_to("../outside.joblib")
    assert refusal(models_folder.path).startswith(f"{models_folder.path / 'm.joblib'}: it leads to")
    assert not (tmp_path / "trace").exists()


def test_links_in_a_circle_lead_nowhere(folder: Path) -> None:
    (folder / "code/a.py").symlink_to("b.py")
    (folder / "code/b.py").symlink_to("a.py")
    assert names(load_models(folder.parent, LIMITS)) == ["m"]


def test_links_to_and_inside_the_models_folder_are_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder.parent)
    (folder.parent / "twin").symlink_to("m")
    (folder / "code/again").symlink_to("../code")
    assert names(load_models(tmp_path / "link", LIMITS)) == ["m", "twin"]


def test_a_linked_model_that_is_named_itself_is_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "chosen").symlink_to(folder)
    assert names(load_models(tmp_path / "chosen", LIMITS)) == ["chosen"]


def test_only_formats_that_are_allowed_are_loaded(models_folder: ModelsFolder, tmp_path: Path) -> None:
    folder = models_folder.add("m", Bomb(tmp_path / "trace"))
    said = refusal(models_folder.path, Trust(formats=frozenset({"pickle"})))
    assert said == (
        f"{folder / 'model.joblib'}: its format is joblib, and only pickle may be loaded."
        " Save it as one of model.pkl, model.pickle, or allow joblib with PREDICTQL_FORMATS."
    )
    assert not (tmp_path / "trace").exists()
    models_folder.add("m", estimator())
    models = load_models(models_folder.path, LIMITS, trust=Trust(formats=frozenset({"joblib"})))
    assert names(models) == ["m"]


def test_a_model_that_may_not_be_loaded_leaves_the_others(models_folder: ModelsFolder) -> None:
    models_folder.add("good", estimator())
    (models_folder.add("bad", estimator()) / "card.yaml").symlink_to("/etc/hostname")
    models = models_folder.load(keep_going=True)
    assert names(models) == ["good"]
    assert [info.name for info in models.failed] == ["bad"]


def test_the_formats_have_different_names_and_suffixes() -> None:
    suffixes = [suffix for format_ in FORMATS for suffix in format_.suffixes]
    assert len({*suffixes}) == len(suffixes)
    assert len({format_.name for format_ in FORMATS}) == len(FORMATS)
