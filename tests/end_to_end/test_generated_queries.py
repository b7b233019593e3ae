"""Documents made from the schema as the server tells it: whatever it allows is executed."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    build_client_schema,
    get_introspection_query,
    get_named_type,
    parse,
    validate,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.end_to_end.conftest import GraphQL

Draw = Callable[[st.SearchStrategy[Any]], Any]

# What a value may be refused for although its type fits.
REFUSALS = {"BAD_USER_INPUT", "OUT_OF_RANGE", "WRONG_LENGTH", "MODEL_NOT_FOUND"}
LITERALS: dict[str, st.SearchStrategy[str]] = {
    "Int": st.integers(-2, 60).map(str),
    "Float": st.floats(-100, 100).map(repr) | st.integers(0, 16).map(str),
    "Boolean": st.sampled_from(["true", "false"]),
    "String": st.sampled_from(['"1"', '"iris"', '"example"', '"nope"', '""', '"""Guten\nMorgen"""']),
}


@pytest.fixture(scope="module")
def schema(demo: GraphQL) -> GraphQLSchema:
    return build_client_schema(demo.data(get_introspection_query(input_value_deprecation=True)))  # type: ignore[arg-type]  # JSON


def _literal(draw: Draw, kind: Any) -> str:
    if isinstance(kind, GraphQLNonNull):
        return _literal(draw, kind.of_type)
    if isinstance(kind, GraphQLList):
        count = 64 if str(kind) == "[Float!]" else draw(st.integers(0, 3))
        return f"[{', '.join(_literal(draw, kind.of_type) for _ in range(count))}]"
    if isinstance(kind, GraphQLEnumType):
        return str(draw(st.sampled_from(sorted(kind.values))))
    if isinstance(kind, GraphQLInputObjectType):
        return f"{{{_given(draw, kind.fields)}}}"
    return str(draw(LITERALS[kind.name]))


def _given(draw: Draw, wanted: dict[str, Any]) -> str:
    """Give a literal for each argument or input field that is needed, and for some of the others."""
    given = {
        name: _literal(draw, argument.type)
        for name, argument in wanted.items()
        if isinstance(argument.type, GraphQLNonNull) or draw(st.booleans())
    }
    return ", ".join(f"{name}: {literal}" for name, literal in given.items())


def _selection(draw: Draw, kind: GraphQLObjectType, aliases: itertools.count[int], depth: int = 0) -> str:
    names = [*sorted(kind.fields), "__typename"]
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2 if depth else 4))
    return f"{{ {' '.join(_field(draw, kind, name, aliases, depth) for name in chosen)} }}"


def _field(draw: Draw, kind: GraphQLObjectType, name: str, aliases: itertools.count[int], depth: int) -> str:
    text = f"{name}_{next(aliases)}: {name}"
    if name != "__typename":
        arguments = _given(draw, kind.fields[name].args)
        below = get_named_type(kind.fields[name].type)
        text += f"({arguments})" if arguments else ""
        text += f" {_selection(draw, below, aliases, depth + 1)}" if isinstance(below, GraphQLObjectType) else ""
    if draw(st.integers(0, 9)) == 0:
        return f"... on {kind.name} @include(if: {draw(LITERALS['Boolean'])}) {{ {text} }}"
    return text


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_document_that_the_schema_allows_is_executed(
    demo: GraphQL, schema: GraphQLSchema, data: st.DataObject
) -> None:
    assert schema.query_type
    document = _selection(data.draw, schema.query_type, itertools.count())
    assert validate(schema, parse(document)) == []
    response = demo.post(document)
    assert response.status_code == 200
    answer = response.json()
    assert "data" in answer
    assert {error["extensions"]["code"] for error in answer.get("errors", ())} <= REFUSALS
    failed = {error["path"][0] for error in answer.get("errors", ())}
    nulls = {alias for alias, value in answer["data"].items() if value is None}
    assert failed == {alias for alias in nulls if not alias.startswith("model_")}  # a model may just not be there
