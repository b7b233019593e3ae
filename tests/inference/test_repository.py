"""From a path to models and versions: what is found, and what is refused, with the path and the mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from inference.errors import LayoutError
from inference.formats.known import artifact_names
from inference.repository import Found, ModelFiles, find_models


def put(root: Path, *files: str) -> None:
    """Make empty files; a name that ends with a slash makes a folder."""
    for name in files:
        path = root / name
        if name.endswith("/"):
            path.mkdir(parents=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()


def only(found: Found) -> ModelFiles:
    assert found.errors == ()
    (model,) = found.models
    return model


def test_each_folder_with_an_artifact_is_a_model_of_its_name(tmp_path: Path) -> None:
    put(tmp_path, "iris/model.joblib", "churn/model.pkl", "churn/card.yaml", "churn/sample.csv")
    found = find_models(tmp_path)
    assert [model.name for model in found.models] == ["churn", "iris"]
    (churn,) = found.models[0].versions
    assert (churn.model, churn.version, churn.artifact) == ("churn", "1", tmp_path / "churn/model.pkl")
    assert churn.cards == (tmp_path / "churn/card.yaml",)
    assert churn.sample == tmp_path / "churn/sample.csv"
    (iris,) = found.models[1].versions
    assert (iris.cards, iris.sample, iris.code) == ((), None, None)


def test_a_bare_file_is_a_model_of_its_name(tmp_path: Path) -> None:
    put(tmp_path, "spam.joblib", "iris/model.joblib")
    found = find_models(tmp_path)
    assert [model.name for model in found.models] == ["iris", "spam"]
    assert found.models[1].versions[0].artifact == tmp_path / "spam.joblib"


@pytest.mark.parametrize("suffix", ["joblib", "pkl", "pickle", "skops"])
def test_an_artifact_may_have_any_served_suffix(tmp_path: Path, suffix: str) -> None:
    put(tmp_path, f"iris/model.{suffix}")
    assert only(find_models(tmp_path)).versions[0].artifact.name == f"model.{suffix}"


def test_one_models_folder_may_be_named_itself(tmp_path: Path) -> None:
    put(tmp_path, "models/iris/model.joblib", "models/iris/card.yaml", "models/iris/code/steps.py")
    iris = only(find_models(tmp_path / "models/iris"))
    assert iris.name == "iris"
    assert iris.versions[0].cards == (tmp_path / "models/iris/card.yaml",)
    assert iris.versions[0].code == tmp_path / "models/iris/code"


def test_one_models_folder_with_versions_may_be_named_itself(tmp_path: Path) -> None:
    put(tmp_path, "churn/card.yaml", "churn/1/model.joblib", "churn/2/model.joblib", "iris/1/model.joblib")
    churn = only(find_models(tmp_path / "churn"))
    assert (churn.name, [files.version for files in churn.versions]) == ("churn", ["1", "2"])
    assert churn.versions[0].cards == (tmp_path / "churn/card.yaml",)
    iris = only(find_models(tmp_path / "iris"))
    assert (iris.name, iris.versions[0].version) == ("iris", "1")


def test_one_models_folder_may_hold_other_folders_beside_its_card(tmp_path: Path) -> None:
    put(tmp_path, "iris/model.joblib", "iris/card.yaml", "iris/plots/roc.png")
    assert only(find_models(tmp_path / "iris")).name == "iris"


def test_the_folder_that_one_stands_in_has_its_own_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "iris/model.joblib", "iris/code/steps.py")
    monkeypatch.chdir(tmp_path / "iris")
    assert only(find_models(Path())).name == "iris"
    monkeypatch.chdir(tmp_path / "iris/code")
    assert only(find_models(Path(".."))).name == "iris"


def test_a_linked_folder_has_the_name_of_the_link(tmp_path: Path) -> None:
    put(tmp_path, "models/.store/7f3a/model.joblib")
    (tmp_path / "models/iris").symlink_to(tmp_path / "models/.store/7f3a")
    assert only(find_models(tmp_path / "models")).name == "iris"


def test_one_artifact_may_be_named_itself(tmp_path: Path) -> None:
    put(tmp_path, "spam.joblib", "other.joblib")
    spam = only(find_models(tmp_path / "spam.joblib"))
    assert (spam.name, spam.versions[0].artifact) == ("spam", tmp_path / "spam.joblib")


def test_the_artifact_of_a_models_folder_named_itself_is_that_model(tmp_path: Path) -> None:
    put(tmp_path, "iris/model.joblib", "iris/card.yaml", "iris/sample.csv")
    iris = only(find_models(tmp_path / "iris/model.joblib"))
    assert iris.name == "iris"
    assert iris.versions[0].cards == (tmp_path / "iris/card.yaml",)
    assert iris.versions[0].sample == tmp_path / "iris/sample.csv"


def test_versions_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    put(tmp_path, *(f"churn/{version}/model.joblib" for version in ("10", "2", "1", "007")))
    churn = only(find_models(tmp_path))
    assert [files.version for files in churn.versions] == ["1", "2", "007", "10"]
    assert {files.model for files in churn.versions} == {"churn"}


def test_a_versions_own_sample_and_code_stand_before_the_shared_ones(tmp_path: Path) -> None:
    put(tmp_path, "churn/sample.csv", "churn/card.yaml", "churn/code/steps.py", "churn/1/model.joblib")
    put(tmp_path, "churn/2/model.joblib", "churn/2/sample.csv", "churn/2/card.yaml", "churn/2/code/steps.py")
    first, second = only(find_models(tmp_path)).versions
    folder = tmp_path / "churn"
    assert (first.sample, first.code) == (folder / "sample.csv", folder / "code")
    assert first.cards == (folder / "card.yaml",)
    assert (second.sample, second.code) == (folder / "2/sample.csv", folder / "2/code")
    assert second.cards == (folder / "card.yaml", folder / "2/card.yaml")


def test_hidden_entries_caches_and_notes_are_no_models(tmp_path: Path) -> None:
    put(tmp_path, "iris/model.joblib", "README.md", ".git/config", "__pycache__/x.pyc", ".hidden.joblib", "data.csv")
    put(tmp_path, "churn/1/model.joblib", "churn/1/NOTES.txt", "churn/.DS_Store", "churn/__pycache__/y.pyc")
    found = find_models(tmp_path)
    assert [model.name for model in found.models] == ["churn", "iris"]
    assert found.errors == ()


def refusal(path: Path) -> LayoutError:
    with pytest.raises(LayoutError) as raised:
        find_models(path)
    return raised.value


def error_of(root: Path) -> LayoutError:
    """Return the error of the only model that cannot be one."""
    found = find_models(root)
    assert found.models == ()
    ((_, error),) = found.errors
    assert isinstance(error, LayoutError)
    return error


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    error = refusal(tmp_path / "absent")
    assert str(error) == f"{tmp_path / 'absent'}: there is no such folder or artifact. {error.mend}."
    assert error.mend == "Name a folder of models, or one artifact"


def test_an_empty_folder_is_refused_and_told_what_goes_into_it(tmp_path: Path) -> None:
    put(tmp_path, "README.md", ".gitkeep")
    error = refusal(tmp_path)
    assert str(error).startswith(f"{tmp_path}: there is no model in it. Put one into {tmp_path}/NAME/ as one of ")
    assert f"predictql demo {tmp_path}" in error.mend


def test_a_file_that_is_no_artifact_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "notes.txt")
    error = refusal(tmp_path / "notes.txt")
    assert error.where == str(tmp_path / "notes.txt")
    assert error.why == f"it is no artifact of a known format ({artifact_names().replace('model', '')})"
    assert error.mend == "Save it with joblib.dump"


def test_a_folder_without_an_artifact_is_an_error(tmp_path: Path) -> None:
    put(tmp_path, "iris/card.yaml")
    error = error_of(tmp_path)
    assert error.where == str(tmp_path / "iris")
    assert error.why == "it holds no artifact"
    assert f"Put one of {artifact_names()} into it" in error.mend


def test_an_artifact_of_another_name_is_to_be_renamed(tmp_path: Path) -> None:
    put(tmp_path, "iris/classifier.joblib")
    error = error_of(tmp_path)
    assert str(error) == f"{tmp_path}/iris: it holds classifier.joblib, but no model.joblib. Rename it to model.joblib."


def test_an_artifact_of_an_unknown_format_is_named(tmp_path: Path) -> None:
    put(tmp_path, "iris/model.h5")
    error = error_of(tmp_path)
    assert error.where == str(tmp_path / "iris")
    assert error.why == "model.h5 is of a format that is not served"
    assert error.mend == f"Save the model as one of {artifact_names()}"


def test_two_artifacts_in_one_folder_are_an_error(tmp_path: Path) -> None:
    put(tmp_path, "iris/model.joblib", "iris/model.pkl")
    error = error_of(tmp_path)
    assert str(error) == (
        f"{tmp_path}/iris: it holds model.joblib and model.pkl, and only one can be served. Remove the others."
    )


@pytest.mark.parametrize("name", ["v1", "1.0", "-1", "latest", "٣"])
def test_a_version_that_is_no_whole_number_is_an_error(tmp_path: Path, name: str) -> None:
    put(tmp_path, "churn/1/model.joblib", f"churn/{name}/model.joblib")
    error = error_of(tmp_path)
    assert error.where == str(tmp_path / "churn" / name)
    assert f"{name!r} is no version" in error.why
    assert "churn/1, churn/2" in error.mend


def test_one_version_written_in_two_ways_is_an_error(tmp_path: Path) -> None:
    put(tmp_path, "churn/1/model.joblib", "churn/01/model.joblib")
    error = error_of(tmp_path)
    assert error.where == str(tmp_path / "churn")
    assert "'1'" in error.why
    assert "'01'" in error.why
    assert error.why.endswith("are the same version")
    assert error.mend == "Remove one of them"


def test_a_version_without_an_artifact_is_an_error(tmp_path: Path) -> None:
    put(tmp_path, "churn/1/model.joblib", "churn/2/")
    error = error_of(tmp_path)
    assert (error.where, error.why) == (str(tmp_path / "churn/2"), "it holds no artifact")


def test_an_artifact_beside_versions_is_an_error_since_it_is_unclear_which_is_meant(tmp_path: Path) -> None:
    put(tmp_path, "churn/model.joblib", "churn/2/model.joblib")
    error = error_of(tmp_path)
    assert error.where == str(tmp_path / "churn")
    assert error.why == "it holds model.joblib beside the version 2"
    assert error.mend == "Move model.joblib into a version folder of its own, or remove one of them"


def test_two_models_of_one_name_are_an_error_and_the_first_is_served(tmp_path: Path) -> None:
    put(tmp_path, "spam/model.joblib", "spam.joblib")
    found = find_models(tmp_path)
    assert [model.versions[0].artifact for model in found.models] == [tmp_path / "spam/model.joblib"]
    ((name, error),) = found.errors
    assert name == "spam"
    assert str(error) == (
        f"{tmp_path}/spam.joblib: the model 'spam' is also in {tmp_path}/spam/model.joblib."
        " Rename or remove one of them."
    )


def test_a_bare_file_whose_name_names_no_model_is_an_error(tmp_path: Path) -> None:
    put(tmp_path, "iris/model.joblib", "model.joblib")
    ((_, error),) = find_models(tmp_path).errors
    assert str(error) == (
        f"{tmp_path}/model.joblib: its name does not say which model it is."
        " Name the file as the model, or move it into a folder of that name."
    )


def test_one_bad_folder_leaves_the_others(tmp_path: Path) -> None:
    put(tmp_path, "iris/model.joblib", "bad.v1/notes.txt")
    found = find_models(tmp_path)
    assert [model.name for model in found.models] == ["iris"]
    assert [name for name, _ in found.errors] == ["bad.v1"]
