"""An answer that does not fit its type is written by the reference lane, of what the models answered already."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.schema.plan.lanes import answer, ask

if TYPE_CHECKING:
    from tests.schema.plan.lanes import Lanes

NEAR, FAR_AWAY = {"leftSide": 0, "right": 0}, {"leftSide": 2, "right": 0}
ONE = "query($row: FarInput!) { far(input: $row) { cluster distances } }"
MANY = """query($rows: [FarInput!]!) {
  farBatch(inputs: $rows) { count predictions { cluster } errors { index } model { name } }
}"""


def predictions_of(lanes: Lanes, name: str) -> int:
    """Return how many rows a model was asked for and has predicted."""
    info = next(info for info in lanes.service.models() if info.name == name and info.default)
    live = lanes.service.live(info)
    assert live
    return live.predictions


def asked_once(lanes: Lanes, query: str, variables: dict[str, Any]) -> dict[str, Any]:
    """Return the answer, which the reference lane writes, to a request for one row of `far`, or two of them."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    before = predictions_of(lanes, "far")
    answered = asyncio.run(ask(lanes.both, body))
    assert answered.lane == "reference"
    rows = variables.get("rows", [None])
    assert predictions_of(lanes, "far") - before == len(rows)
    assert json.loads(answered.body) == answer(lanes, body)[1]
    return json.loads(answered.body)  # type: ignore[no-any-return]  # an answer is an object


def test_a_row_whose_answer_does_not_fit_is_predicted_once(lanes: Lanes) -> None:
    answered = asked_once(lanes, ONE, {"row": FAR_AWAY})
    assert answered["data"] == {"far": None}
    (error,) = answered["errors"]
    assert error["path"] == ["far", "cluster"]
    assert error["message"].startswith("Int cannot represent non 32-bit signed integer value: 10995116277")


def test_a_batch_with_such_a_row_is_predicted_once(lanes: Lanes) -> None:
    answered = asked_once(lanes, MANY, {"rows": [NEAR, FAR_AWAY]})
    first, second = answered["data"]["farBatch"]["predictions"]
    assert (first["cluster"] in range(3), second) == (True, None)
    assert [error["path"] for error in answered["errors"]] == [["farBatch", "predictions", 1, "cluster"]]


def test_a_large_batch_with_such_a_row_is_predicted_once(lanes: Lanes) -> None:
    query = MANY.replace("{ cluster }", "{ cluster distances }")
    answered = asked_once(lanes, query, {"rows": [FAR_AWAY] + [NEAR] * 500})
    first, *others = answered["data"]["farBatch"]["predictions"]
    assert first is None
    assert all(row == others[0] for row in others)


def test_what_fits_is_planned(lanes: Lanes) -> None:
    assert answer(lanes, json.dumps({"query": ONE, "variables": {"row": NEAR}}).encode())[0] == "plan"


@pytest.mark.parametrize("version", ["2", "9"])
def test_other_fields_of_that_operation_are_asked_once_too_and_keep_their_errors(lanes: Lanes, version: str) -> None:
    query = """query($row: FarInput!, $flower: FlowerInput!, $version: String) {
      a: flower(input: $flower, version: $version) { label } far(input: $row) { cluster }
      b: far(input: $row) { distances } server { name }
      flowerBatch(inputs: [$flower, {leftSide: 0, right: 9}], onError: FAIL) { count }
    }"""
    variables = {"row": FAR_AWAY, "flower": {"leftSide": 1, "right": 1}, "version": version}
    body = json.dumps({"query": query, "variables": variables}).encode()
    before = predictions_of(lanes, "far"), predictions_of(lanes, "flower")
    answered = asyncio.run(ask(lanes.both, body))
    assert answered.lane == "reference"
    counted = predictions_of(lanes, "far") - before[0], predictions_of(lanes, "flower") - before[1]
    assert counted == (2, 2 if version == "2" else 1)
    errors = {error["path"][0]: error["extensions"]["code"] for error in json.loads(answered.body)["errors"]}
    assert errors.pop("flowerBatch") == "OUT_OF_RANGE"
    assert errors.pop("a", None) == (None if version == "2" else "MODEL_NOT_FOUND")
    assert errors == {"far": "PREDICTION_FAILED"}
    assert answer(lanes, body)[1] == json.loads(answered.body)


def test_the_outcomes_of_one_request_are_not_taken_for_another(lanes: Lanes) -> None:
    far, near = (json.dumps({"query": ONE, "variables": {"row": row}}).encode() for row in (FAR_AWAY, NEAR))

    async def at_once() -> list[str]:
        answers = await asyncio.gather(*(ask(lanes.both, body) for body in (far, near) * 8))
        assert {answer.body for answer in answers[::2]} == {answers[0].body}
        assert {answer.body for answer in answers[1::2]} == {answers[1].body}
        return [answer.lane for answer in answers]

    assert asyncio.run(at_once()) == ["reference", "plan"] * 8
