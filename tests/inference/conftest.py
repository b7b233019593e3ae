"""What the tests of models share: an estimator saved, loaded again and asked for everything that it can answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

from inference.cost import Cost
from inference.loader import Models
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


class Recorder(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Answers by the sign of the only feature, and writes down each call of a method and its number of rows."""

    def fit(self, rows: pd.DataFrame, _: Any = None) -> Recorder:
        """Learn nothing."""
        self.feature_names_in_ = np.asarray(rows.columns, dtype=object)
        self.classes_ = np.array(["minus", "plus"])
        self.calls: list[tuple[str, int]] = []
        self.seconds = 0.0
        self.lost_rows = 0
        return self

    def _called(self, method: str, rows: pd.DataFrame) -> Any:
        self.calls.append((method, len(rows)))
        time.sleep(self.seconds)
        values = rows["a"].to_numpy()
        if (values == 666.0).any():
            raise ValueError("poison in secret row")
        return values[self.lost_rows :]

    def predict(self, rows: pd.DataFrame) -> Any:
        """Answer minus or plus."""
        return self.classes_[(self._called("predict", rows) > 0).astype(int)]

    def predict_proba(self, rows: pd.DataFrame) -> Any:
        """Answer a probability that grows with the value, from -4 to 4."""
        plus = (self._called("predict_proba", rows) + 4) / 8
        return np.column_stack([1 - plus, plus])

    def decision_function(self, rows: pd.DataFrame) -> Any:
        """Answer the value."""
        return self._called("decision_function", rows)


@pytest.fixture(params=["in place", "in a thread"])
def recorder(load: Load, request: pytest.FixtureRequest) -> LoadedModel:
    """Load a recorder whose cost lets it run on the event loop, or in a thread."""
    training = pd.DataFrame({"a": [-2.0, -1.0, 1.0, 2.0]})
    loaded = load(Recorder().fit(training), sample=training)
    loaded.estimator.calls.clear()
    cost = Cost(0.0, 0.0) if request.param == "in place" else Cost(1.0, 0.0)
    return replace(loaded, serving=replace(loaded.serving, cost=cost))


@pytest.fixture
def service(recorder: LoadedModel) -> Iterator[InferenceService]:
    """Serve the recorder."""
    with closing(InferenceService(Models((recorder,), ()), threads=1)) as made:
        yield made
