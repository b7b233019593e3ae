"""Each type that a card may give, against each kind of feature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from inference.errors import LoadFailed

if TYPE_CHECKING:
    from tests.inference.conftest import Load

COUNT = 12
ROWS = pd.DataFrame(
    {
        "decimal": np.arange(COUNT) + 0.5,
        "whole": np.arange(COUNT) % 5,
        "bit": np.arange(COUNT) % 2,
        "truth": np.arange(COUNT) % 2 == 0,
        "closed": ["yes", "no"] * 6,
        "open": ["up", "down"] * 6,
        "words": ["a dog", "the cat"] * 6,
    }
)
TAKEN = {
    "decimal": {"float"},
    "whole": {"float", "integer"},
    "bit": {"float", "integer", "boolean"},
    "truth": {"boolean"},
    "closed": {"category"},
    "open": {"category", "text"},
    "words": {"text", "category"},
}
"""The types that each kind of feature may have; the known strings of `words` are those of the sample."""
TYPES = ["float", "integer", "boolean", "category", "text", "vector"]


@pytest.fixture(scope="module")
def fitted() -> Any:
    """Fit a model that takes a feature of each kind."""
    columns = make_column_transformer(
        (OneHotEncoder(), ["closed"]),
        (OneHotEncoder(handle_unknown="ignore"), ["open"]),
        (CountVectorizer(), "words"),
        remainder="passthrough",
    )
    return make_pipeline(columns, Ridge()).fit(ROWS, ROWS["decimal"])


@pytest.mark.parametrize("wanted", TYPES)
@pytest.mark.parametrize("name", TAKEN)
def test_a_card_gives_a_feature_a_type_that_it_can_have_and_no_other(
    load: Load, fitted: Any, name: str, wanted: str
) -> None:
    card = f"features: {{{name}: {{type: {wanted}}}}}"
    if wanted in TAKEN[name]:
        features = load(fitted, sample=ROWS, card=card).signature.features
        assert {feature.source: str(feature.type) for feature in features}[name] == wanted
        return
    with pytest.raises(LoadFailed) as refused:
        load(fitted, sample=ROWS, card=card)
    said = str(refused.value.errors[0])
    assert said.partition(": ")[0].endswith("card.yaml")
    assert f"it gives feature '{name}' the type {wanted}, but " in said
    assert "Write type: " in said
