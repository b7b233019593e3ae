"""Paths that name one model, versions that were trained differently, and limits of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from inference.info import Limits, ModelStatus
from inference.loader import Models, load_models
from inference.outputs.output import OutputRequest
from inference.predictions import Predictions, PredictRequest
from inference.service import InferenceService

SERVERS = Limits(max_rows=1000, deadline_seconds=30)
COLUMNS = {"1": ["width", "height"], "2": ["height", "width"]}
"""The order of the features in which each version is trained."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Put a model with two versions into a folder: both answer the width, and know their features in another order."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.random((20, 2)), columns=["width", "height"])
    for version, columns in COLUMNS.items():
        (tmp_path / "areas" / version).mkdir(parents=True)
        model = LinearRegression().fit(frame[columns], frame["width"])
        joblib.dump(model, tmp_path / "areas" / version / "model.joblib")
    return tmp_path / "areas"


@pytest.fixture
def service(folder: Path) -> Iterator[InferenceService]:
    """Serve that model."""
    made = InferenceService(load_models(folder.parent, SERVERS), threads=2)
    yield made
    made.close()


def names(models: Models) -> list[tuple[str, str]]:
    return [(model.info.name, model.info.version) for model in models.loaded]


def predicted(service: InferenceService, version: str | None) -> Predictions:
    # The default version, 2, takes the height first.
    request = PredictRequest("areas", version, [[10.0], [1.0]], 1, (OutputRequest("value"),))
    return asyncio.run(service.predict(request))


@pytest.mark.parametrize("version", [None, "1", "2"])
def test_every_version_gets_its_own_features_although_it_was_trained_on_another_order(
    service: InferenceService, version: str | None
) -> None:
    (value,) = predicted(service, version).columns[OutputRequest("value")]
    assert value == pytest.approx(1.0)


def test_the_folder_of_a_model_with_versions_is_one_model(folder: Path) -> None:
    assert names(load_models(folder, SERVERS)) == [("areas", "1"), ("areas", "2")]


def test_a_folder_of_models_that_holds_a_bare_file_too_is_a_folder_of_models(folder: Path) -> None:
    joblib.dump(joblib.load(folder / "1" / "model.joblib"), folder / "bare.joblib")
    assert names(load_models(folder, SERVERS)) == [("1", "1"), ("2", "1"), ("bare", "1")]


def test_an_artifact_named_model_is_served_as_its_folder_with_its_card(folder: Path) -> None:
    (folder / "1" / "card.yaml").write_text("owner: somebody")
    (model,) = load_models(folder / "1" / "model.joblib", SERVERS).loaded
    assert (model.info.name, model.info.card.owner) == ("1", "somebody")


def test_a_bare_file_is_a_model_named_as_the_file(folder: Path) -> None:
    (folder / "1" / "model.joblib").rename(folder / "areas.joblib")
    assert names(load_models(folder / "areas.joblib", SERVERS)) == [("areas", "1")]


def test_the_folder_where_one_stands_has_its_own_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert names(load_models(Path(), SERVERS)) == [("areas", "1"), ("areas", "2")]


def test_a_failed_version_is_not_the_default_while_another_answers(folder: Path) -> None:
    (folder / "3").mkdir()
    (folder / "3" / "model.joblib").write_bytes(b"damaged")
    models = load_models(folder.parent, SERVERS, keep_going=True)
    default = {model.info.version: model.info.default for model in models.loaded}
    (failed,) = models.failed
    assert default == {"1": False, "2": True}
    assert (failed.version, failed.status, failed.default) == ("3", ModelStatus.FAILED, False)


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        ("limits: {max_rows: 10, deadline_ms: 500, max_queued_rows: 60}", Limits(10, 0.5, 60)),
        ("limits: {max_rows: 5000, deadline_ms: 60000}", Limits(5000, 60)),
        ("limits: {max_rows: 10}", Limits(10, 30)),
    ],
)
def test_the_limits_of_a_card_come_before_those_of_the_server(folder: Path, card: str, expected: Limits) -> None:
    (folder / "card.yaml").write_text(card)
    assert {model.serving.limits for model in load_models(folder.parent, SERVERS).loaded} == {expected}
