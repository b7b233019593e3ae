"""A model that failed is shown with what is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from sklearn.linear_model import LinearRegression

from inference.service import InferenceService
from server.metrics.facts import facts
from server.metrics.families import MODEL_INFO, MODEL_LOAD

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder


def test_a_model_that_failed_has_a_status_and_no_time_of_loading(models_folder: ModelsFolder) -> None:
    models_folder.add("broken", "no estimator")
    rows_of_line = pd.DataFrame({"x": [1.0, 2.0]})
    models_folder.add("line", LinearRegression().fit(rows_of_line, [1.0, 2.0]))
    service = InferenceService(models_folder.load(keep_going=True), threads=1)
    rows = facts(service.models())
    assert rows[MODEL_INFO.name, "broken", "1", "true", "failed", "", "", "", ""] == [1.0]
    assert [key[1:] for key in rows if key[0] == MODEL_LOAD.name] == [("line", "1")]
    service.close()
