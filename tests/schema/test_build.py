"""A schema of models: what it says, and what cannot be one."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import strawberry
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLObjectType, print_schema, validate_schema
from graphql import build_schema as read_sdl
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression
from sklearn.naive_bayes import GaussianNB
from strawberry.schema_codegen import codegen

from inference.card import FeatureType
from inference.errors import LoadFailed, NameClash
from inference.signature.feature import Container, Feature, Signature
from schema.claims import Claims, TypeNames
from schema.inputs import input_type
from schema.names import field_name
from server.app import load
from server.cli.models import models_of
from server.settings import Settings

if TYPE_CHECKING:
    from typing import Protocol

    class Served(Protocol):
        """See conftest.py."""

        schema: Any
        data: Callable[..., dict[str, Any]]

    class ModelsFolder(Protocol):
        """See the conftest.py above."""

        path: Path
        add: Callable[..., Path]

    SchemaOf = Callable[[Path], Served]

METRIC = re.compile(r"\b(accuracy|log_loss|r2|mae|inliers_kept|roc_auc_shuffled) -?\d+(?:\.\d+)?")
SNAPSHOT = Path(__file__).parent / "demo.graphql"


def import_code(code: str, folder: Path) -> Any:
    """Import code as a module."""
    (folder / "read_back.py").write_text(code, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("read_back", folder / "read_back.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["read_back"] = module  # where annotations are looked up
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules["read_back"]
    return module


def types_of(sdl: str) -> dict[str, dict[str, str]]:
    """Return the types of a schema with their fields' types, or their values."""
    found: dict[str, dict[str, str]] = {}
    for name, made in read_sdl(sdl).type_map.items():
        if isinstance(made, GraphQLObjectType | GraphQLInputObjectType):
            found[name] = {field: str(made.fields[field].type) for field in made.fields}
        elif isinstance(made, GraphQLEnumType):
            found[name] = dict.fromkeys(made.values, "")
    return found


def regressor(*names: str) -> LinearRegression:
    """Fit a regressor on a frame with these columns."""
    rows = np.arange(8.0 * len(names)).reshape(8, len(names)) % 5
    return LinearRegression().fit(pd.DataFrame(rows, columns=list(names)), rows.sum(axis=1))


def classifier(labels: list[Any]) -> GaussianNB:
    """Fit a classifier with these classes on the feature `x`."""
    rows = pd.DataFrame({"x": np.arange(float(4 * len(labels)))})
    return GaussianNB().fit(rows, np.repeat(np.array(labels), 4))


def test_the_schema_of_the_example_models_is_the_reviewed_one(demo: Served) -> None:
    # Metrics are measured where the models are trained, and differ between machines in their last digits.
    sdl = METRIC.sub(r"\1 #", demo.schema.as_str())
    assert sdl.splitlines() == SNAPSHOT.read_text(encoding="utf-8").splitlines()


def test_any_graphql_tool_can_read_the_schema(demo: Served) -> None:
    read = read_sdl(demo.schema.as_str())
    assert validate_schema(read) == []
    assert print_schema(read) == print_schema(read_sdl(print_schema(read)))


def test_strawberry_reads_the_schema_and_has_the_same_types(demo: Served, tmp_path: Path) -> None:
    code = codegen(demo.schema.as_str())  # it leaves arguments out, and names a scalar that is elsewhere
    code = code.replace("strawberry.JSON", "strawberry.scalars.JSON")
    module = import_code(code.replace("import strawberry\n", "import strawberry.scalars\n", 1), tmp_path)
    made = [value for value in vars(module).values() if hasattr(value, "__strawberry_definition__")]
    again = strawberry.Schema(module.Query, types=made)
    assert types_of(again.as_str()) == types_of(demo.schema.as_str())


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=8, unique=True))
def test_any_features_make_legal_fields_or_a_refusal_that_names_two(names: list[str]) -> None:
    signature = Signature(tuple(Feature(name, FeatureType.FLOAT) for name in names), Container.FRAME)
    fields = [field_name(name) for name in names]
    if len(set(fields)) < len(fields):
        with pytest.raises(NameClash) as refusal:
            input_type(TypeNames("m", "M", Claims("the models folder")), signature)
        assert sum(repr(name) in str(refusal.value) for name in names) >= 2
        assert "card.yaml" in str(refusal.value)
        return
    made = input_type(TypeNames("m", "M", Claims("the models folder")), signature)
    assert list(made.names.values()) == fields


@pytest.mark.parametrize(("names", "graphql_name"), [(("iris", "Iris"), "iris"), (("iris", "iris_batch"), "irisBatch")])
def test_two_models_that_meet_in_one_field_stop_the_start(
    names: tuple[str, str], graphql_name: str, models_folder: ModelsFolder, schema_of: SchemaOf
) -> None:
    for name in names:
        models_folder.add(name, regressor("x"))
    with pytest.raises(LoadFailed) as failure:
        schema_of(models_folder.path)
    for part in (*map(repr, names), repr(graphql_name), "graphql_name", "card.yaml"):
        assert part in str(failure.value)


@pytest.mark.parametrize("name", ["models", "model", "server"])
def test_a_model_named_like_a_field_of_the_server_stops_the_start(
    name: str, models_folder: ModelsFolder, schema_of: SchemaOf
) -> None:
    models_folder.add(name, regressor("x"))
    with pytest.raises(LoadFailed, match="graphql_name"):
        schema_of(models_folder.path)


def test_kept_going_a_clash_leaves_the_other_models_served(models_folder: ModelsFolder) -> None:
    for name in ("iris", "Iris", "wine"):
        models_folder.add(name, regressor("x"))
    loaded = load(Settings(models=models_folder.path, engine="native", keep_going=True))
    found = {model["name"]: model for model in models_of(loaded)}
    loaded.service.close()
    assert {name: model["status"] for name, model in found.items()} == {
        "Iris": "READY",
        "iris": "FAILED",
        "wine": "READY",
    }
    assert "'Iris'" in found["iris"]["error"]
    assert found["wine"]["field"] == "wine"


def test_a_card_gives_a_model_another_name(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    models_folder.add("models", regressor("x"), card={"graphql_name": "price"})
    assert schema_of(models_folder.path).data("{ price(input: {x: 2}) { value } }")["price"]["value"] == pytest.approx(
        2
    )


def test_two_features_that_meet_in_one_name_stop_the_start(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    models_folder.add("price", regressor("living area", "living_area"))
    with pytest.raises(LoadFailed) as failure:
        schema_of(models_folder.path)
    for part in ("'living area'", "'living_area'", "'livingArea'", "features.living_area", "graphql_name"):
        assert part in str(failure.value)


def test_a_card_gives_a_feature_another_name(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    card = {"features": {"living_area": {"graphql_name": "areaInside"}}}
    models_folder.add("price", regressor("living area", "living_area"), card=card)
    answer = schema_of(models_folder.path).data("{ price(input: {livingArea: 2, areaInside: 1}) { value } }")
    assert answer["price"]["value"] == pytest.approx(3)


@pytest.mark.parametrize("bad", ["two words", "1st", "__x", ""])
def test_a_name_in_a_card_must_be_legal(bad: str, models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    models_folder.add("price", regressor("x"), card={"graphql_name": bad})
    with pytest.raises(LoadFailed) as failure:
        schema_of(models_folder.path)
    assert "graphql_name" in str(failure.value)


def test_every_model_with_a_clash_is_named(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    models_folder.add("first", regressor("a b", "a_b"))
    models_folder.add("second", regressor("c d", "c_d"))
    with pytest.raises(LoadFailed) as failure:
        schema_of(models_folder.path)
    assert len(str(failure.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["no", "yes"], "LLabel!"),
        (["<=50K", ">50K"], "LLabel!"),
        ([0, 1, 2], "Int!"),
        ([-1, 1], "Int!"),
        ([False, True], "Boolean!"),
        ([1.0, 2.0], "Float!"),
        ([0, 2**40], "String!"),
        ([f"c{i}" for i in range(64)], "LLabel!"),
        ([f"c{i}" for i in range(65)], "String!"),
    ],
)
def test_a_label_has_the_type_of_its_classes(
    labels: list[Any], expected: str, models_folder: ModelsFolder, schema_of: SchemaOf
) -> None:
    models_folder.add("l", classifier(labels))
    served = schema_of(models_folder.path)
    (model,) = served.data("{ models { outputs { name type } } }")["models"]
    assert {output["name"]: output["type"] for output in model["outputs"]}["label"] == expected


def test_two_classes_that_meet_in_one_name_stop_the_start(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    models_folder.add("l", classifier(["a-b", "a b"]))
    with pytest.raises(LoadFailed) as failure:
        schema_of(models_folder.path)
    for part in ("'a-b'", "'a b'", "'aB'", "card.yaml", "classes"):
        assert part in str(failure.value)


def test_an_open_label_is_a_string(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    models_folder.add("l", classifier(["no", "yes"]), card={"open": True})
    assert schema_of(models_folder.path).data("{ l(input: {x: 0}) { label } }") == {"l": {"label": "no"}}


def test_named_classes_make_an_enum_of_numbers(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    card = {"classes": {0: {"name": "stays"}, 1: {"name": "leaves", "description": "within a month"}}}
    models_folder.add("churn", classifier([0, 1]), card=card)
    answer = schema_of(models_folder.path).data(
        "{ churn(input: {x: 7}) { label rawLabel probabilities { stays leaves } } }"
    )
    assert answer["churn"]["label"] == "LEAVES"
    assert answer["churn"]["rawLabel"] == "1"
    assert answer["churn"]["probabilities"]["leaves"] > answer["churn"]["probabilities"]["stays"]


def test_names_that_break_client_generators_are_warned_of(models_folder: ModelsFolder, schema_of: SchemaOf) -> None:
    models_folder.add("price", regressor("class", "area"))
    (model,) = schema_of(models_folder.path).data("{ models { warnings } }")["models"]
    (warning,) = model["warnings"]
    assert "'class'" in warning
    assert "graphql_name" in warning
