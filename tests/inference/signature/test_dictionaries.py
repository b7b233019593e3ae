"""Models of dictionaries take a field for each key that they know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from sklearn.feature_extraction import DictVectorizer, FeatureHasher
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from inference.card import FeatureType
from inference.errors import LoadFailed
from inference.signature.checks import WarningCode, check_rows, row_warnings
from inference.signature.feature import Container
from inference.signature.matrix import to_container

if TYPE_CHECKING:
    from tests.inference.conftest import Load

ROWS: list[dict[Any, Any]] = [{"size": 1.5, "sex": "f"}, {"size": 2.0, "sex": "m", "old": True}, {"old": False}] * 4
TARGET = ["no", "yes", "no"] * 4


def records(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Make dictionaries of a frame."""
    return [dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False)]


def test_numbers_and_strings_are_told_apart_by_the_vocabulary(load: Load) -> None:
    signature = load(make_pipeline(DictVectorizer(), LogisticRegression()).fit(ROWS, TARGET)).signature
    assert signature.container is Container.DICTIONARIES
    assert [(one.source, one.type, one.categories, one.nullable, one.open) for one in signature.features] == [
        ("old", FeatureType.FLOAT, (), True, True),
        ("sex", FeatureType.CATEGORY, ("f", "m"), True, True),
        ("size", FeatureType.FLOAT, (), True, True),
    ]


def test_what_is_missing_is_no_key_of_the_dictionary(load: Load) -> None:
    signature = load(make_pipeline(DictVectorizer(), LogisticRegression()).fit(ROWS, TARGET)).signature
    columns: list[list[object]] = [[None, 1.0, None], ["f", "new", None], [2.5, None, None]]
    assert check_rows(signature, columns) == []
    assert to_container(signature, columns) == [{"sex": "f", "size": 2.5}, {"old": 1.0, "sex": "new"}, {}]
    assert [one.code for one in row_warnings(signature, columns)[1]] == [WarningCode.UNSEEN_CATEGORY]


def test_a_hasher_takes_the_keys_of_the_card_or_of_the_sample(load: Load) -> None:
    fitted = make_pipeline(FeatureHasher(8), LogisticRegression()).fit(ROWS, TARGET)
    by_card = load(fitted, card="features: {size: {}, sex: {type: text}}").signature.features
    assert [(one.source, one.type) for one in by_card] == [("size", "float"), ("sex", "text")]
    by_sample = load(fitted, card="", sample=pd.DataFrame(ROWS)).signature.features
    assert [(one.source, one.type) for one in by_sample] == [("size", "float"), ("sex", "category"), ("old", "boolean")]


def test_dictionaries_that_a_function_makes_of_a_frame_leave_it_a_frame(load: Load) -> None:
    frame = pd.DataFrame({"size": [1.0, 2.0, 3.0, 4.0], "sex": ["f", "m"] * 2})
    fitted = make_pipeline(FunctionTransformer(records), DictVectorizer(), Ridge()).fit(frame, [1, 2, 3, 4])
    assert load(fitted, sample=frame).signature.container is Container.FRAME


@pytest.mark.parametrize(
    ("vectorizer", "rows", "said"),
    [
        (DictVectorizer(), [{"a": 1}, {"a": "b"}], "fitted on 'a' with strings and with numbers"),
        (DictVectorizer(), [{3: 1.0}, {3: 2.0}], "fitted on the key 3, which is no string"),
        (DictVectorizer(), [{f"k{place}": 1 for place in range(1001)}] * 2, "fitted on 1001 keys, and at most 1000"),
        (FeatureHasher(4), ROWS[:2], "it takes dictionaries, and does not know with which keys"),
        (FeatureHasher(4, input_type="string"), [["a"], ["b", "c"]], "takes rows of any length"),
    ],
)
def test_what_has_no_fields_of_one_type_each_is_refused(
    load: Load, vectorizer: Any, rows: list[Any], said: str
) -> None:
    with pytest.raises(LoadFailed, match=said):
        load(make_pipeline(vectorizer, LogisticRegression()).fit(rows, ["a", "b"]))


def test_a_sample_that_lacks_a_key_is_refused(load: Load) -> None:
    fitted = make_pipeline(DictVectorizer(), LogisticRegression()).fit(ROWS, TARGET)
    with pytest.raises(LoadFailed, match="it lacks 'sex'"):
        load(fitted, sample=pd.DataFrame(ROWS)[["size", "old"]])
