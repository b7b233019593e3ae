"""A signature becomes an input type: what must be sent, what may be, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.svm import OneClassSVM

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder
    from tests.schema.conftest import Served

SchemaOf = Callable[[Path], "Served"]

TABLE = pd.DataFrame(
    {
        "living area": [50.5, 60.0, 70.0, 80.0],
        "rooms": [1, 2, 3, 4],
        "id": [2**40, 2**40 + 1, 2**40 + 2, 2**40 + 3],
        "new": [True, False, True, False],
        "colour": ["red", "blue", "red", "blue"],
        "mood": ["good", "bad", "good", "bad"],
    }
)
PRICE = [1.0, 2.0, 3.0, 4.0]


def house() -> Any:
    """Fit a regressor that refuses unknown colours and takes any mood."""
    encoders = make_column_transformer(
        (OneHotEncoder(), ["colour"]), (OneHotEncoder(handle_unknown="ignore"), ["mood"]), remainder="passthrough"
    )
    return make_pipeline(encoders, LinearRegression()).fit(TABLE, PRICE)


def inputs(served: Served) -> dict[str, str]:
    """Return the type of each field of the input type of the model `m`."""
    made = served.schema.core.type_map["MInput"]
    assert isinstance(made, GraphQLInputObjectType)
    return {name: str(field.type) for name, field in made.fields.items()}


def described(served: Served) -> dict[str, str | None]:
    made = served.schema.core.type_map["MInput"]
    assert isinstance(made, GraphQLInputObjectType)
    return {name: field.description for name, field in made.fields.items()}


def test_each_feature_is_a_field_of_its_type_in_training_order(
    models_folder: ModelsFolder, schema_of: SchemaOf
) -> None:
    models_folder.add("m", house(), sample=TABLE)
    served = schema_of(models_folder.path)
    assert list(inputs(served).items()) == [
        ("livingArea", "Float!"),
        ("rooms", "Int!"),
        ("id", "Float!"),
        ("new", "Boolean!"),
        ("colour", "MColourInput!"),
        ("mood", "String"),  # its encoder takes what is missing for unknown, too
    ]
    enum = served.schema.core.type_map["MColourInput"]
    assert isinstance(enum, GraphQLEnumType)
    assert list(enum.values) == ["BLUE", "RED"]


ROW = {"livingArea": 50.5, "rooms": 1, "id": 2**40, "new": True, "colour": "RED", "mood": "good"}
ASK = "query Q($input: MInput!) { m(input: $input) { value warnings { field code message } } }"


def test_a_row_of_the_sample_is_answered_as_the_estimator_answers_it(
    models_folder: ModelsFolder, schema_of: SchemaOf
) -> None:
    fitted = house()
    models_folder.add("m", fitted, sample=TABLE)
    answer = schema_of(models_folder.path).data(ASK, {"input": ROW})["m"]
    assert answer == {"value": fitted.predict(TABLE[:1])[0], "warnings": []}


def test_a_literal_row_is_the_same_as_one_in_variables(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    models_folder.add("m", house(), sample=TABLE)
    served = schema_of(models_folder.path)
    literal = '{livingArea: 50.5, rooms: 1, id: 1099511627776, new: true, colour: RED, mood: "good"}'
    answer = served.data(f"{{ m(input: {literal}) {{ value }} }}")["m"]
    assert answer["value"] == served.data(ASK, {"input": ROW})["m"]["value"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rooms", 1.5),
        ("rooms", 2**31),
        ("rooms", "1"),
        ("rooms", True),
        ("new", 1),
        ("new", "true"),
        ("colour", "red"),
        ("colour", "GREEN"),
        ("mood", 3),
        ("livingArea", None),
    ],
)
def test_a_value_of_another_type_is_bad_input_that_names_the_field(
    models_folder: ModelsFolder, schema_of: SchemaOf, field: str, value: object
) -> None:
    models_folder.add("m", house(), sample=TABLE)
    result = schema_of(models_folder.path).execute(ASK, {"input": ROW | {field: value}})
    assert result.errors is not None
    (error,) = result.errors
    assert error.extensions == {"code": "BAD_USER_INPUT"}
    assert field in error.message


def test_what_was_never_seen_gets_a_warning_and_an_answer(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    models_folder.add("m", house(), sample=TABLE)
    answer = schema_of(models_folder.path).data(ASK, {"input": ROW | {"mood": "great", "livingArea": 900}})["m"]
    assert [(warning["field"], warning["code"]) for warning in answer["warnings"]] == [
        ("livingArea", "OUTSIDE_TRAINING_RANGE"),
        ("mood", "UNSEEN_CATEGORY"),
    ]
    assert isinstance(answer["value"], float)


def test_a_feature_that_may_be_missing_may_be_null_or_left_out(
    models_folder: ModelsFolder, schema_of: SchemaOf
) -> None:
    gaps = TABLE[["living area", "rooms"]].where(TABLE["rooms"] > 1)
    fitted = HistGradientBoostingRegressor(max_iter=2, min_samples_leaf=1).fit(gaps, PRICE)
    models_folder.add("m", fitted, sample=gaps.astype({"rooms": "Int64"}))
    served = schema_of(models_folder.path)
    assert inputs(served) == {"livingArea": "Float", "rooms": "Int"}
    expected = fitted.predict(pd.DataFrame({"living area": [60.0], "rooms": [np.nan]}))[0]
    for row in ({"livingArea": 60.0}, {"livingArea": 60.0, "rooms": None}):
        assert served.data(ASK, {"input": row})["m"]["value"] == expected


DEFAULTS = {
    "living area": {"default": 55},
    "new": {"default": True},
    "colour": {"default": "blue"},
    "mood": {"default": "bad"},
    "rooms": {"graphql_name": "number_of_rooms"},
}


def test_a_default_is_taken_where_a_feature_is_left_out(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    fitted = house()
    models_folder.add("m", fitted, sample=TABLE, card={"features": DEFAULTS})
    served = schema_of(models_folder.path)
    assert "livingArea: Float! = 55" in served.schema.as_str()
    assert "colour: MColourInput! = BLUE" in served.schema.as_str()
    row = TABLE[:1].assign(new=True, colour="blue", mood="bad")
    row["living area"] = 55.0
    for given in ({}, {"colour": "BLUE"}):
        answer = served.data(ASK, {"input": {"number_of_rooms": 1, "id": 2**40} | given})["m"]
        assert answer["value"] == fitted.predict(row)[0]
    assert served.codes(ASK, {"input": {"number_of_rooms": 1, "id": 2**40, "new": None}}) == ["BAD_USER_INPUT"]


def test_a_default_of_a_feature_that_may_be_missing_gives_way_to_null(
    models_folder: ModelsFolder, schema_of: SchemaOf
) -> None:
    gaps = TABLE[["rooms"]].where(TABLE["rooms"] > 1)
    fitted = HistGradientBoostingRegressor(max_iter=2, min_samples_leaf=1).fit(gaps, PRICE)
    models_folder.add("m", fitted, sample=gaps, card="features: {rooms: {default: 4}}")
    served = schema_of(models_folder.path)
    four, missing = fitted.predict(pd.DataFrame({"rooms": [4, np.nan]}))
    assert served.data(ASK, {"input": {}})["m"]["value"] == four
    assert served.data(ASK, {"input": {"rooms": None}})["m"]["value"] == missing
    assert four != missing


def test_more_than_64_categories_are_a_string_that_is_checked(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    cities = pd.DataFrame({"city": [f"city {place}" for place in range(65)]})
    models_folder.add("m", make_pipeline(OneHotEncoder(), LinearRegression()).fit(cities, np.arange(65.0)))
    served = schema_of(models_folder.path)
    assert inputs(served) == {"city": "String!"}
    assert served.data(ASK, {"input": {"city": "city 64"}})["m"]["value"] == pytest.approx(64)
    assert served.codes(ASK, {"input": {"city": "city 65"}}) == ["UNKNOWN_CATEGORY"]


def test_categories_that_meet_in_one_name_are_a_string_that_is_checked(
    models_folder: ModelsFolder, schema_of: SchemaOf
) -> None:
    sizes = pd.DataFrame({"size": ["a b", "a-b", "c"]})
    models_folder.add("m", make_pipeline(OneHotEncoder(), LinearRegression()).fit(sizes, [1.0, 2.0, 3.0]))
    served = schema_of(models_folder.path)
    assert inputs(served) == {"size": "String!"}
    assert served.data(ASK, {"input": {"size": "a-b"}})["m"]["value"] == pytest.approx(2)


def test_features_without_names_are_one_vector(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    models_folder.add("m", LinearRegression().fit(np.eye(3), [1.0, 2.0, 3.0]))
    served = schema_of(models_folder.path)
    assert inputs(served) == {"features": "[Float!]!"}
    assert served.data(ASK, {"input": {"features": [0, 1, 0]}})["m"]["value"] == pytest.approx(2)
    assert served.codes(ASK, {"input": {"features": [0, 1]}}) == ["WRONG_LENGTH"]
    assert served.codes(ASK, {"input": {"features": [0, 1, None]}}) == ["BAD_USER_INPUT"]
    assert served.codes(ASK, {"input": {"features": 1}}) == ["WRONG_LENGTH"]  # one number is a list of one


def test_a_text_is_a_string(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    models_folder.add("m", make_pipeline(TfidfVectorizer(), OneClassSVM()).fit(["a word", "another word"]))
    served = schema_of(models_folder.path)
    assert inputs(served) == {"text": "String!"}
    assert isinstance(served.data('{ m(input: {text: "ü 日本"}) { score } }')["m"]["score"], float)


def test_a_field_says_all_that_a_caller_should_know(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    card = {
        "features": {
            "living area": {"description": "Without balconies", "unit": "m²", "min": 10},
            "rooms": {"max": 20},
            "id": {"min": 0, "max": 2**50},
        }
    }
    models_folder.add("m", house(), sample=TABLE, card=card)
    said = described(schema_of(models_folder.path))
    assert said["livingArea"] == ("living area · Without balconies · in m² · at least 10 · seen 50.5 to 80, median 65")
    assert said["rooms"] == "rooms · at most 20 · seen 1 to 4, median 2.5"
    assert said["new"] == "new"
    assert said["colour"] == "colour · one of blue, red"
    assert said["mood"] == "mood · known are bad, good · may be missing"


def test_many_known_values_are_not_all_said(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    cities = pd.DataFrame({"city": [f"c{place}" for place in range(10, 40)]})
    models_folder.add("m", make_pipeline(OneHotEncoder(), LinearRegression()).fit(cities, np.arange(30.0)))
    known = ", ".join(f"c{place}" for place in range(10, 22))
    assert described(schema_of(models_folder.path))["city"] == f"city · one of {known} and 18 more"
