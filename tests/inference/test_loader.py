"""All models of a folder are loaded; what cannot be served is named, and stops the rest or does not."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import LinearRegression

from inference.errors import CardError, LayoutError, LoadFailed, NameClash
from inference.info import ModelStatus

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder

ROWS = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [0.0, 1.0, 0.0, 1.0]})


def regression() -> Any:
    return LinearRegression().fit(ROWS, [1.0, 2.0, 3.0, 4.0])


def spoil(folder: ModelsFolder, name: str) -> None:
    """Cut the artifact of a model or a version short."""
    path = folder.path / name / "model.joblib"
    path.write_bytes(path.read_bytes()[:50])


def refusals(folder: ModelsFolder) -> list[str]:
    with pytest.raises(LoadFailed) as raised:
        folder.load()
    assert str(raised.value).splitlines() == [str(error) for error in raised.value.errors]
    return [str(error) for error in raised.value.errors]


def test_models_come_by_name_and_versions_from_the_oldest(models_folder: ModelsFolder) -> None:
    for name, version in (("b", "10"), ("b", "9"), ("a", None)):
        models_folder.add(name, regression(), version=version)
    models = models_folder.load()
    assert [(model.info.name, model.info.version) for model in models.loaded] == [("a", "1"), ("b", "9"), ("b", "10")]
    assert [model.info.versions for model in models.loaded] == [("1",), ("9", "10"), ("9", "10")]
    assert [model.info.default for model in models.loaded] == [True, False, True]
    assert models.failed == ()


def test_all_that_cannot_be_served_is_named_at_once(models_folder: ModelsFolder) -> None:
    for name in ("cut", "good", "no_card", "old"):
        models_folder.add(name, regression(), version="1" if name == "old" else None)
    spoil(models_folder, "cut")
    (models_folder.path / "no_card/card.yaml").write_text("ower: Ann")
    (models_folder.path / "old/latest").mkdir()
    messages = refusals(models_folder)
    assert [message.removeprefix(str(models_folder.path)).partition(":")[0] for message in messages] == [
        "/old/latest",
        "/no_card/card.yaml",
        "/cut/model.joblib",
    ]


def test_a_folder_without_models_cannot_be_loaded(models_folder: ModelsFolder) -> None:
    with pytest.raises(LoadFailed, match="there is no model in it"):
        models_folder.load(keep_going=True)


def test_keeping_going_serves_the_rest_and_says_why_the_others_failed(models_folder: ModelsFolder) -> None:
    models_folder.add("bad", regression(), card="owner: Ann")
    models_folder.add("good", regression())
    (models_folder.path / "empty").mkdir()
    spoil(models_folder, "bad")
    models = models_folder.load(keep_going=True)
    assert [model.info.name for model in models.loaded] == ["good"]
    empty, bad = sorted(models.failed, key=lambda info: info.version)
    assert (bad.name, bad.version, bad.status, bad.default) == ("bad", "1", ModelStatus.FAILED, True)
    assert bad.card.owner == "Ann"
    assert bad.error is not None
    assert "bad/model.joblib: it cannot be read" in bad.error
    assert (empty.name, empty.version, empty.versions, empty.status) == ("empty", "", (), ModelStatus.FAILED)
    assert empty.error is not None
    assert "empty: it holds no artifact" in empty.error


def test_keeping_going_with_nothing_left_is_no_going(models_folder: ModelsFolder) -> None:
    models_folder.add("bad", regression())
    spoil(models_folder, "bad")
    with pytest.raises(LoadFailed, match="it cannot be read"):
        models_folder.load(keep_going=True)


def test_of_two_models_with_one_name_the_first_is_served_where_the_rest_is_kept_going(
    models_folder: ModelsFolder,
) -> None:
    models_folder.add("spam", regression())
    joblib.dump(regression(), models_folder.path / "spam.joblib")
    models = models_folder.load(keep_going=True)
    assert [model.info.version for model in models.loaded] == ["1"]
    (failed,) = models.failed
    assert failed.error is not None
    assert "the model 'spam' is also in" in failed.error
    assert not failed.default


@pytest.mark.parametrize(("card", "default"), [(None, "2"), ("default: 1", "1"), ("default: '2'", "2")])
def test_the_newest_version_serves_unless_the_card_says_another(
    models_folder: ModelsFolder, card: str | None, default: str
) -> None:
    models_folder.add("m", regression(), version="1")
    models_folder.add("m", regression(), version="2")
    if card:
        (models_folder.path / "m/card.yaml").write_text(card)
    assert [model.info.version for model in models_folder.load().loaded if model.info.default] == [default]


def test_a_default_that_is_no_version_is_refused(models_folder: ModelsFolder) -> None:
    models_folder.add("m", regression(), version="1")
    models_folder.add("m", regression(), version="2")
    (models_folder.path / "m/card.yaml").write_text("default: 3")
    with pytest.raises(LoadFailed) as raised:
        models_folder.load()
    (error,) = raised.value.errors
    assert isinstance(error, CardError)
    assert str(error) == (f"{models_folder.path}/m/card.yaml: default: there is no version 3. Its versions are 1, 2.")


def test_the_newest_good_version_serves_where_the_default_failed(models_folder: ModelsFolder) -> None:
    for version in ("1", "2", "3", "4"):
        models_folder.add("m", regression(), version=version)
    (models_folder.path / "m/card.yaml").write_text("default: 2")
    spoil(models_folder, "m/2")
    spoil(models_folder, "m/4")
    models = models_folder.load(keep_going=True)
    assert [(model.info.version, model.info.default) for model in models.loaded] == [("1", False), ("3", True)]
    assert [(info.version, info.default) for info in models.failed] == [("2", False), ("4", False)]
    assert {info.versions for info in models.failed} == {("1", "2", "3", "4")}


class Slow(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Takes its time to be read, as large models do."""

    def fit(self, rows: pd.DataFrame) -> Slow:
        """Note the width."""
        self.n_features_in_ = rows.shape[1]
        return self

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Answer zeros."""
        return np.zeros(len(rows))

    def __setstate__(self, state: dict[str, Any]) -> None:  # noqa: D105  # the class says it
        self.began = time.perf_counter()
        time.sleep(0.3)
        self.ended = time.perf_counter()
        self.__dict__.update(state)


@pytest.mark.skipif(os.cpu_count() == 1, reason="one processor loads one model at a time")
def test_models_are_loaded_side_by_side(models_folder: ModelsFolder) -> None:
    for place in range(2):
        models_folder.add(f"m{place}", Slow().fit(ROWS), card="task: regression")
    first, second = (model.estimator for model in models_folder.load().loaded)
    assert max(first.began, second.began) < min(first.ended, second.ended)


def test_an_error_tells_where_why_and_what_to_do() -> None:
    error = NameClash("m", "two things are one", "Rename one")
    assert str(error) == "m: two things are one. Rename one."
    assert isinstance(LayoutError("a", "b", "c"), Exception)
