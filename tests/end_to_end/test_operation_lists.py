"""Several operations in one body, as some clients send: each is answered for itself, in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2

if TYPE_CHECKING:
    from tests.end_to_end.conftest import GraphQL

PREDICT = """query Predict($input: IrisInput!) { iris(input: $input) { label probability } }"""
ROW = {"sepalLengthCm": 5.1, "sepalWidthCm": 3.5, "petalLengthCm": 1.4, "petalWidthCm": 0.2}
PLANNED = {"query": PREDICT, "variables": {"input": ROW}}
EXECUTED = {"query": "{ server { version } }"}


def _post(server: GraphQL, body: Any, **headers: str) -> httpx2.Response:
    return httpx2.post(f"{server.url}/graphql", json=body, headers=headers)


def test_each_operation_of_a_list_is_answered_as_if_it_came_alone(demo: GraphQL) -> None:
    operations = [PLANNED, EXECUTED, {"query": "{ nothing }"}, PLANNED]
    response = _post(demo, operations)
    assert response.status_code == 200
    assert response.json() == [_post(demo, operation).json() for operation in operations]


def test_what_is_no_operation_harms_no_other_of_its_list(demo: GraphQL) -> None:
    response = _post(demo, [EXECUTED, 5, {"query": ""}, [EXECUTED], {"query": "{"}, EXECUTED])
    assert response.status_code == 200
    first, number, empty, nested, broken, last = response.json()
    assert first == last == _post(demo, EXECUTED).json()
    for refused, named in ((number, "object"), (empty, "query"), (nested, "object")):
        (error,) = refused["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert named in error["message"]
    assert broken["errors"][0]["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"


def test_a_list_says_that_plans_answered_where_all_of_it_was_planned(demo: GraphQL) -> None:
    lanes = [_post(demo, body).headers["x-predictql-lane"] for body in ([PLANNED] * 2, [PLANNED, EXECUTED], PLANNED)]
    assert lanes == ["plan", "reference", "plan"]


def test_the_rows_of_a_list_of_operations_are_predicted_together(demo: GraphQL) -> None:
    query = '{ model(name: "iris") { live { batches predictions } } }'
    before = _post(demo, {"query": query}).json()["data"]["model"]["live"]
    _post(demo, [PLANNED] * 50)
    after = _post(demo, {"query": query}).json()["data"]["model"]["live"]
    assert after["predictions"] - before["predictions"] == 50
    # Where the machine pauses for 5 ms in between, what is due by then is cut.
    assert 1 <= after["batches"] - before["batches"] <= 3
