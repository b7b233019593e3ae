"""What the tests of models share: an estimator saved, loaded again and asked for everything that it can answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from inference.outputs.output import OutputRequest
from inference.predictions import Predictions, PredictRequest
from inference.service import InferenceService
from inference.signature.sample_columns import sample_columns

if TYPE_CHECKING:
    from inference.model import LoadedModel
    from tests.conftest import ModelsFolder

    Load = Callable[..., LoadedModel]
    Ask = Callable[..., Predictions]


@pytest.fixture
def load(models_folder: ModelsFolder) -> Load:
    """Save a fitted estimator (and what else ModelsFolder.add takes) and load it as the server does."""

    def save_and_load(estimator: Any, **options: Any) -> LoadedModel:
        models_folder.add("m", estimator, **options)
        (model,) = models_folder.load().loaded
        return model

    return save_and_load


@pytest.fixture
def ask(models_folder: ModelsFolder) -> Ask:
    """Ask the saved model through the service: rows, as the estimator takes them, and outputs, by name."""

    def ask_service(rows: Any, *outputs: str | OutputRequest, model: str = "m") -> Predictions:
        models = models_folder.load()
        signature = next(loaded.signature for loaded in models.loaded if loaded.info.name == model)
        table = pd.DataFrame(rows if not isinstance(rows, list) else {"text": rows})
        requests = tuple(OutputRequest(name) if isinstance(name, str) else name for name in outputs)
        columns = sample_columns(signature, table)
        with closing(InferenceService(models, threads=1)) as service:
            return asyncio.run(service.predict(PredictRequest(model, None, columns, len(table), requests)))

    return ask_service


@pytest.fixture(scope="session")
def rows() -> pd.DataFrame:
    """Make 200 rows of three features, always the same."""
    values = np.random.default_rng(0).normal(size=(200, 3)).round(3)
    return pd.DataFrame(values, columns=["a", "b", "c"])
