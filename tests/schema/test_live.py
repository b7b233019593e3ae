"""Model.live says what was counted until the moment of asking."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd
from sklearn.linear_model import LinearRegression

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder
    from tests.schema.conftest import Served

SchemaOf = Callable[..., "Served"]

LIVE = """live { calls predictions errors { code calls rows } refused { reason calls } expired
    cancelled batches retries queuedRows latencyMs { p50 p95 p99 } batchRows { p50 p99 } queueWaitMs { p50 p99 }
    callMs rowMs }"""


def live(served: Served, name: str = "line") -> Any:
    return served.data(f'{{ model(name: "{name}") {{ {LIVE} }} }}')["model"]["live"]


def test_a_model_counts_its_calls_and_one_that_failed_has_nothing_to_count(
    models_folder: ModelsFolder, schema_of: SchemaOf
) -> None:
    rows = pd.DataFrame({"x": [1.0, 2.0, 3.0]})
    card = {"features": {"x": {"max": 9}}, "limits": {"max_rows": 3}}
    models_folder.add("line", LinearRegression().fit(rows, [2.0, 4.0, 6.0]), card=card)
    models_folder.add("broken", LinearRegression())
    served = schema_of(models_folder.path, keep_going=True)
    counted = live(served)
    assert counted.pop("callMs") + counted.pop("rowMs") > 0
    assert counted == {
        "calls": 0,
        "predictions": 0,
        "errors": [],
        "refused": [],
        "expired": 0,
        "cancelled": 0,
        "batches": 0,
        "retries": 0,
        "queuedRows": 0,
        "latencyMs": None,
        "batchRows": None,
        "queueWaitMs": None,
    }
    served.data("{ lineBatch(inputs: [{x: 1}, {x: 10}, {x: 2}]) { count } line(input: {x: 3}) { value } }")
    served.codes("{ lineBatch(inputs: [{x: 1}, {x: 1}, {x: 1}, {x: 1}]) { count } }")
    served.data("{ lineBatch(inputs: [{x: 1}, {x: 10}, {x: 2}]) { predictions { value } } }")
    counted = live(served)
    latency, waits = counted.pop("latencyMs"), counted.pop("queueWaitMs")
    assert counted.pop("callMs") + counted.pop("rowMs") > 0
    assert counted == {
        "calls": 4,
        "predictions": 5,
        "errors": [{"code": "OUT_OF_RANGE", "calls": 0, "rows": 2}, {"code": "BATCH_TOO_LARGE", "calls": 1, "rows": 4}],
        "refused": [{"reason": "TOO_LARGE", "calls": 1}],
        "expired": 0,
        "cancelled": 0,
        "batches": 2,
        "retries": 0,
        "queuedRows": 0,
        "batchRows": {"p50": 1, "p99": 2},
    }
    assert 0 < latency["p50"] <= latency["p95"] <= latency["p99"] < 60_000
    assert 0 <= waits["p50"] <= waits["p99"] <= latency["p99"]
    assert live(served, "broken") is None


def test_what_counts_is_read_when_it_is_asked_for_in_a_batchs_model_too(
    models_folder: ModelsFolder, schema_of: SchemaOf
) -> None:
    rows = pd.DataFrame({"x": [1.0, 2.0, 3.0]})
    models_folder.add("line", LinearRegression().fit(rows, [2.0, 4.0, 6.0]))
    served = schema_of(models_folder.path)
    query = "{ lineBatch(inputs: [{x: 1}, {x: 2}]) { predictions { value } model { live { predictions } } } }"
    assert served.data(query)["lineBatch"]["model"] == {"live": {"predictions": 2}}
