"""Which versions a model was trained with, and which run."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

import pandas as pd
from sklearn.linear_model import LinearRegression

from inference.info import LibraryVersion
from inference.libraries import installed_for

if TYPE_CHECKING:
    from tests.inference.conftest import Load

ROWS = pd.DataFrame({"a": [1.0, 2.0, 3.0]})


def test_a_card_says_what_a_model_was_trained_with_and_another_version_is_warned_of(load: Load) -> None:
    numpy = metadata.version("numpy")
    libraries = {"numpy": "1.2.3", "scikit-learn": "0.1", "gone": "7.0"}
    serving = load(LinearRegression().fit(ROWS, [1, 2, 3]), sample=ROWS, card={"libraries": libraries}).serving
    running = metadata.version("scikit-learn")
    # Of scikit-learn the artifact itself says more surely what it was.
    assert serving.estimator.libraries == (
        LibraryVersion("scikit-learn", running, running),
        LibraryVersion("numpy", numpy, "1.2.3"),
        LibraryVersion("gone", "not installed", "7.0"),
    )
    first, second = serving.warnings
    assert f"card.yaml: it was trained with numpy 1.2.3, and {numpy} is running: its answers may differ." in first
    assert "gone 7.0, and not installed is running" in second


def test_the_last_number_of_a_version_is_not_warned_of(load: Load) -> None:
    numpy = ".".join([*metadata.version("numpy").split(".")[:2], "999"])
    model = load(LinearRegression().fit(ROWS, [1, 2, 3]), sample=ROWS, card={"libraries": {"numpy": numpy}})
    assert model.serving.warnings == ()


def test_what_is_recorded_has_the_packages_of_all_steps_and_the_artifacts_own_word() -> None:
    said = installed_for(LinearRegression(), [LibraryVersion("scikit-learn", "9", "1.5.0")])
    assert said["scikit-learn"] == "1.5.0"
    assert said["numpy"] == metadata.version("numpy")
