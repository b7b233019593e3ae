"""What the card says of the importances of features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sklearn.linear_model import LinearRegression

from inference.errors import LoadFailed

if TYPE_CHECKING:
    import pandas as pd

    from tests.inference.conftest import Load


def test_the_cards_importances_stand_in_place_of_the_estimators(load: Load, rows: pd.DataFrame) -> None:
    line = LinearRegression().fit(rows, rows["a"])
    serving = load(line, sample=rows, card={"importances": {"c": 0.5, "a": 0.25}}).serving
    assert serving.estimator.importances == (0.25, None, 0.5)


def test_an_importance_of_no_feature_is_refused(load: Load, rows: pd.DataFrame) -> None:
    with pytest.raises(LoadFailed, match=r"card\.yaml: importances\.aa: the model has no such feature; the nearest"):
        load(LinearRegression().fit(rows, rows["a"]), sample=rows, card={"importances": {"aa": 0.5}})
