"""From what a field asks for to one call of the service, and plain values back."""

from __future__ import annotations

import asyncio
import datetime as dt
import platform
from collections.abc import Iterator
from contextlib import closing
from importlib import metadata
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LinearRegression

from inference.card import Task
from inference.errors import ErrorCode, InvalidRows
from inference.info import ModelStatus
from inference.outputs.output import OutputRequest
from inference.service import InferenceService
from resolvers.context import Context
from resolvers.models import all_models, one_model
from resolvers.predict import Rows, Wanted, predict_all, predict_some
from resolvers.server import server_info

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder

ROWS = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [0.0, 1.0, 0.0, 1.0]})
VALUE = OutputRequest("value")
WANTED = Wanted((VALUE,))
BEGAN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def context(models_folder: ModelsFolder) -> Iterator[Context]:
    """Serve `line` = a + 10 b in two versions, `odd`, and a `broken` model."""
    line: Any = LinearRegression().fit(ROWS, ROWS["a"] + 10 * ROWS["b"])
    card = {"tags": ["straight", "example"], "features": {"a": {"max": 9}}}
    for version in ("1", "2"):
        models_folder.add("line", line, version=version, sample=ROWS, card=card)
    models_folder.add("odd", IsolationForest(n_estimators=2).fit(ROWS), card="tags: [example]")
    models_folder.add("broken", line, card="tags: [example]")
    (models_folder.path / "broken/model.joblib").write_bytes(b"")
    with closing(InferenceService(models_folder.load(keep_going=True), threads=1)) as service:
        yield Context(service, BEGAN)


def names(context: Context, task: Task | None = None, tag: str | None = None) -> list[str]:
    return [f"{info.name} {info.version}" for info in all_models(context, task, tag)]


def test_all_versions_of_all_models_are_there(context: Context) -> None:
    assert names(context) == ["broken 1", "line 1", "line 2", "odd 1"]


def test_models_are_found_by_their_task_and_a_failed_one_has_none(context: Context) -> None:
    assert names(context, task=Task.REGRESSION) == ["line 1", "line 2"]
    assert names(context, task=Task.OUTLIER_DETECTION) == ["odd 1"]
    assert names(context, task=Task.CLUSTERING) == []


def test_models_are_found_by_their_tag_and_by_both(context: Context) -> None:
    assert names(context, tag="example") == ["broken 1", "line 1", "line 2", "odd 1"]
    assert names(context, tag="straight") == ["line 1", "line 2"]
    assert names(context, tag="exam") == []
    assert names(context, Task.REGRESSION, "example") == ["line 1", "line 2"]


@pytest.mark.parametrize(("version", "found"), [(None, "2"), ("1", "1"), ("2", "2")])
def test_one_model_is_found_by_name_and_version(context: Context, version: str | None, found: str) -> None:
    info = one_model(context, "line", version)
    assert info is not None
    assert (info.name, info.version) == ("line", found)


@pytest.mark.parametrize(("name", "version"), [("lines", None), ("line", "3"), ("", None)])
def test_a_model_that_there_is_not_is_none(context: Context, name: str, version: str | None) -> None:
    assert one_model(context, name, version) is None


def test_one_row_is_predicted_from_one_value_per_feature(context: Context) -> None:
    predictions = asyncio.run(predict_all(context, "line", None, Rows.of([(2.0, 1.0)]), WANTED))
    assert predictions.columns[VALUE] == pytest.approx([12.0])
    assert predictions.model.version == "2"
    assert predictions.warnings is None


def test_the_version_that_is_named_answers(context: Context) -> None:
    assert asyncio.run(predict_all(context, "line", "1", Rows.of([(2.0, 1.0)]), WANTED)).model.version == "1"


def test_warnings_come_where_they_are_wanted(context: Context) -> None:
    predictions = asyncio.run(predict_all(context, "line", None, Rows.of([(8.0, 1.0)]), Wanted((), warnings=True)))
    assert predictions.columns == {}
    assert predictions.warnings is not None
    assert [warning.field for warning in predictions.warnings[0]] == ["a"]


def test_one_row_that_cannot_be_predicted_raises_its_error(context: Context) -> None:
    with pytest.raises(InvalidRows, match=r"^a is 99\.0; it must be at most 9\.0$") as raised:
        asyncio.run(predict_all(context, "line", None, Rows.of([(99.0, 0.0)]), WANTED))
    assert raised.value.code is ErrorCode.OUT_OF_RANGE


MIXED = [(1.0, 0.0), (99.0, 0.0), (3.0, 0.0), (98.0, 0.0)]


def test_of_some_rows_those_that_can_be_predicted_are(context: Context) -> None:
    predictions = asyncio.run(predict_some(context, "line", None, Rows.of(MIXED), WANTED))
    assert predictions.columns[VALUE] == [pytest.approx(1), None, pytest.approx(3), None]
    assert [error.index for error in predictions.errors] == [1, 3]
    assert predictions.count == 4


def test_all_rows_are_predicted_or_none(context: Context) -> None:
    with pytest.raises(InvalidRows, match=r"^Row 1: a is 99.* \(2 of 4 rows cannot be predicted\)$") as raised:
        asyncio.run(predict_all(context, "line", None, Rows.of(MIXED), WANTED))
    assert [error.index for error in raised.value.errors] == [1, 3]
    assert asyncio.run(predict_all(context, "line", None, Rows.of(MIXED[::2]), WANTED)).columns[VALUE] == pytest.approx(
        [1, 3]
    )


@pytest.mark.parametrize("predict", [predict_some, predict_all])
def test_no_rows_are_no_predictions(context: Context, predict: Any) -> None:
    predictions = asyncio.run(predict(context, "line", None, Rows.of([]), WANTED))
    assert (predictions.count, predictions.columns, predictions.errors) == (0, {VALUE: []}, ())


def test_many_rows_are_turned_into_columns_in_the_features_order(context: Context) -> None:
    rows = np.random.default_rng(0).uniform(0, 4, size=(500, 2)).tolist()
    predictions = asyncio.run(predict_all(context, "line", None, Rows.of([tuple(row) for row in rows]), WANTED))
    assert predictions.columns[VALUE] == pytest.approx([a + 10 * b for a, b in rows])


def test_the_server_says_what_it_runs_and_for_how_long(context: Context) -> None:
    info = server_info(context)
    assert info.version == metadata.version("predictql")
    assert info.python_version == platform.python_version()
    assert [(library.name, library.running) for library in info.libraries] == [
        ("scikit-learn", metadata.version("scikit-learn"))
    ]
    assert [model.status for model in info.models].count(ModelStatus.READY) == 3
    assert len(info.models) == 4
    assert info.started_at == BEGAN
    elapsed = (dt.datetime.now(dt.UTC) - BEGAN).total_seconds()
    assert elapsed - 5 < info.uptime_seconds <= elapsed
