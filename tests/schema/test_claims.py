"""A name has one owner: where two sources meet in one, both are named, with the key of the card that mends it."""

from __future__ import annotations

import string
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from graphql import assert_name
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from inference.card import FeatureType
from inference.errors import LoadFailed, NameClash
from inference.signature.feature import Container, Feature, Signature
from schema.claims import Claims, TypeNames
from schema.inputs import feature_names

if TYPE_CHECKING:
    from tests.conftest import ModelsFolder
    from tests.schema.conftest import Served

SchemaOf = Callable[[Path], "Served"]

TWINS = st.lists(
    st.text(string.ascii_letters + string.digits + " _-.%(é日", min_size=1, max_size=4)
    | st.sampled_from(["a b", "a_b", "aB", "A-b", "class", "__typename", "1", "x1", "-1"]),
    min_size=1,
    max_size=8,
    unique=True,
)


def clash(folder: ModelsFolder, schema_of: SchemaOf) -> NameClash:
    with pytest.raises(LoadFailed) as raised:
        schema_of(folder.path)
    (error,) = raised.value.errors
    assert isinstance(error, NameClash)
    return error


def test_a_name_is_taken_once() -> None:
    claims = Claims("m, features")
    assert claims.claim("a", "'a'", "Rename it") == "a"
    with pytest.raises(NameClash) as raised:
        claims.claim("a", "'A'", "Rename it")
    assert str(raised.value) == "m, features: 'a' and 'A' would both be 'a' in GraphQL. Rename it."


def test_one_owner_cannot_take_a_name_twice_either() -> None:
    claims = Claims("m, outputs")
    claims.claim("cat", "'cat'", "Rename one")
    with pytest.raises(NameClash) as raised:
        claims.claim("cat", "'cat'", "Rename one")
    assert str(raised.value) == "m, outputs: 'cat' stands there twice, and would be 'cat' in GraphQL. Rename one."


def test_a_reserved_name_cannot_be_taken() -> None:
    taken = Claims("the models folder")
    taken.reserve(["InputError"], "a type of the server's own")
    with pytest.raises(NameClash) as raised:
        TypeNames("input", "Input", taken).take("Error")
    assert str(raised.value) == (
        "the models folder: a type of the server's own and a type of the model 'input' would both be 'InputError' in"
        " GraphQL. Give one of them a graphql_name in its card.yaml."
    )


def named(names: list[str]) -> dict[str, str] | NameClash:
    signature = Signature(tuple(Feature(name, FeatureType.FLOAT) for name in names), Container.FRAME)
    try:
        return feature_names("m", signature)
    except NameClash as error:
        return error


@given(names=TWINS)
@example(names=["a b", "a_b"])
@example(names=["", "empty"])
def test_features_have_one_legal_name_each_or_two_of_them_are_named(names: list[str]) -> None:
    result = named(names)
    if isinstance(result, NameClash):
        mends = [f"Give one of them a graphql_name in card.yaml, under features.{name}" for name in names]
        assert result.where == "m, features"
        assert result.mend in mends
        assert len([name for name in names if repr(name) in result.why]) >= 2
    else:
        assert list(result) == names
        assert len(set(result.values())) == len(names)
        assert all(assert_name(name) == name for name in result.values())
        assert named(names) == result


@given(names=TWINS)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_model_with_any_features_is_served_or_refused(
    names: list[str], models_folder: ModelsFolder, schema_of: SchemaOf
) -> None:
    rows = pd.DataFrame(np.arange(3.0 * len(names)).reshape(3, -1), columns=names)
    models_folder.add("m", LinearRegression().fit(rows, rows.sum(axis="columns")))
    if isinstance(named(names), NameClash):
        clash(models_folder, schema_of)
    else:
        served = schema_of(models_folder.path)
        (query,) = served.schema.examples
        assert served.data(query.query, query.variables)["m"]["warnings"] == []
        sources = served.data('{ model(name: "m") { features { source } } }')["model"]["features"]
        assert [feature["source"] for feature in sources] == names


def test_two_outputs_of_one_name_stop_the_start(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    rows = pd.DataFrame(np.random.default_rng(0).normal(size=(9, 3)), columns=["a", "b", "c"])
    models_folder.add("m", PCA(2).fit(rows), card="outputs: [{name: size}, {name: size}]")
    error = clash(models_folder, schema_of)
    assert error.where == "m, transformed"
    assert error.why == "'size' stands there twice, and would be 'size' in GraphQL"
    assert "card.yaml" in error.mend


def test_two_classes_of_one_name_stop_the_start(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    fitted = GaussianNB().fit(np.arange(8.0).reshape(-1, 1), [0, 0, 0, 0, 1, 1, 1, 1])
    models_folder.add("m", fitted, card="classes: {0: {name: cat}, 1: {name: cat}}")
    assert clash(models_folder, schema_of).why == "'cat' stands there twice, and would be 'cat' in GraphQL"


def categorical(*names: str) -> Any:
    """Fit a regressor on columns of words that it refuses to see others in."""
    rows = pd.DataFrame({name: ["red", "blue", "red"] for name in names})
    encoder = make_column_transformer((OneHotEncoder(), list(names)))
    return make_pipeline(encoder, LinearRegression()).fit(rows, [1.0, 2.0, 1.0])


def test_two_enums_of_one_name_stop_the_start(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    card = {"features": {"shade": {"graphql_name": "Colour"}}}
    models_folder.add("m", categorical("colour", "shade"), card=card)
    assert clash(models_folder, schema_of).why == (
        "the known values of 'colour' of the model 'm' and the known values of 'shade' of the model 'm' would both be"
        " 'MColourInput' in GraphQL"
    )


def test_types_of_two_models_that_meet_in_one_name_stop_the_start(
    models_folder: ModelsFolder, schema_of: SchemaOf
) -> None:
    models_folder.add("car", categorical("colour"))
    models_folder.add("car_colour", categorical("x"))
    error = clash(models_folder, schema_of)
    assert "'CarColourInput'" in error.why
    assert "the model 'car'" in error.why
    assert "the model 'car_colour'" in error.why
    assert error.mend == "Give one of them a graphql_name in its card.yaml"


def test_models_whose_names_are_types_of_the_servers_own_are_served_beside_them(
    models_folder: ModelsFolder, schema_of: SchemaOf
) -> None:
    rows = pd.DataFrame({"x": [1.0, 2.0]})
    for name in ("input_error", "query", "feature", "int", "model_class", "task", "on_error", "subscription"):
        models_folder.add(name, LinearRegression().fit(rows, [2.0, 4.0]))
    served = schema_of(models_folder.path)
    fields = "inputError(input: {x: 3}) { value } query(input: {x: 4}) { value } int(input: {x: 5}) { value }"
    answer = served.data(f"{{ {fields} }}")
    assert [round(field["value"]) for field in answer.values()] == [6, 8, 10]
