"""Requests that differ in their rows only: found again by the text around the rows, read as any other request is."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from schema.asked import UNKNOWN
from schema.plan.frames import LONGEST, MOST_ALIKE, MOST_BYTES, Frame, Frames
from schema.plan.read import EnvelopeReader
from tests.schema.plan.lanes import answer

if TYPE_CHECKING:
    from schema.plan.variant import Variant
    from tests.schema.plan.lanes import Lanes

QUERY = "query P($rows: [FlowerInput!]!, $k: Int) { flowerBatch(inputs: $rows) { predictions { topClasses(k: $k) { label } } } }"  # noqa: E501
ROW = '{"leftSide": 1.5, "right": -2}'
VALUES = [
    f"[{ROW}]",
    f"[{', '.join([ROW] * 40)}]",
    f" [ {ROW} ,{ROW}]\n",
    ROW,
    "[]",
    "null",
    '[{"leftSide": 1, "right": 2, "right": 3}]',
    '[{"leftSide": 1}]',
    '[{"leftSide": 1, "right": 99}]',
    '[{"leftSide": "1", "right": 2}]',
    '[{"leftSide": 1e400, "right": 2}]',
    '[{"leftSide": NaN, "right": 2}]',
    f'[{ROW}], "rows": [{ROW}, {ROW}]',
    f'[{ROW}], "k": 2',
    f'[{ROW}]}}, "variables": {{"rows": []',
    f"[{ROW}]}}}}",
    f"[{ROW}",
    '["\xff"]',
    "",
]
LAYOUTS = [
    '{{"query":{query},"variables":{{"rows":{rows}}}}}',
    '{{"query": {query}, "variables": {{"rows": {rows}}}}}',
    '{{"query":{query},"variables":{{"rows":{rows},"k":1}}}}',
    '{{"query":{query},"variables":{{"k":1,"rows":{rows}}}}}',
    '{{"query":{query},"variables":{{"rows":{rows},"rows":[]}}}}',
    '{{"query":{query},"variables":{{"rows":{rows},"rows":null}}}}',
    '{{"query":{query},"variables":{{"rows":{rows}}},"variables":{{"rows":[]}}}}',
    '{{"query":{query},"variables":{{"rows":{rows}}},"variables":{{}}}}',
    '{{"operationName":"P","variables":{{"rows":{rows}}},"extensions":{{"a":1}},"query":{query}}}',
    '{{"variables":{{"rows":{rows}}},"query":{query},"operationName":"Q"}}',
    '{{"extensions":{{"variables":{{"rows":[]}}}},"query":{query},"variables":{{"rows":{rows}}}}}',
    '{{"extensions":{{"a":"\\"variables\\":{{\\"rows\\":"}},"query":{query},"variables":{{"rows":{rows}}}}}',
    '[{{"query":{query},"variables":{{"rows":{rows}}}}}]',
]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_rows_are_read_as_if_no_request_had_come_before(lanes: Lanes, layout: str) -> None:
    for value in [*VALUES, *VALUES]:
        body = layout.format(query=json.dumps(QUERY), rows=value).encode("latin-1")
        _, difference = asyncio.run(lanes.difference(body))
        assert difference is None


def test_a_request_with_other_rows_is_answered_by_the_same_variant_without_being_parsed(lanes: Lanes) -> None:
    bodies = [LAYOUTS[0].format(query=json.dumps(QUERY), rows=value).encode() for value in VALUES[:2]]
    first, second = (lanes.schema.plans.prepared(body) for body in bodies)
    assert first is not None
    assert second is not None
    assert first.variant is second.variant
    assert [one.rows["rows"].count for one in (first, second)] == [1, 40]
    assert answer(lanes, bodies[1])[0] == "plan"


@pytest.fixture
def frames() -> Frames:
    """Remember nothing yet."""
    return Frames(EnvelopeReader())


def _remembered(frames: Frames, body: bytes, variant: Variant) -> bool:
    envelope = EnvelopeReader().read(body)
    assert envelope is not None
    frames.remember(body, envelope, Frame(b"", "rows", bytes, UNKNOWN, variant))  # type: ignore[arg-type]  # any reader
    return frames.read(body) is not None


def _body(query: str = "q", rows: str = "[1]", k: int = 1) -> bytes:
    return json.dumps({"query": query, "variables": {"rows": json.loads(rows), "k": k}}).encode()


def test_a_frame_is_found_whatever_value_is_in_it(frames: Frames, lanes: Lanes) -> None:
    prepared = lanes.schema.plans.prepared(LAYOUTS[0].format(query=json.dumps(QUERY), rows=VALUES[0]).encode())
    assert prepared is not None
    assert _remembered(frames, _body(), prepared.variant)
    found: Any = frames.read(_body(rows="[1, 2, 3]"))
    assert found is not None
    assert found[1] == b"[1, 2, 3]"
    assert frames.read(_body(k=2)) is None
    assert frames.read(_body("other")) is None
    assert frames.read(b'{"query": "q"}') is None


def test_clients_that_come_in_turn_find_their_own_frames(frames: Frames, lanes: Lanes) -> None:
    prepared = lanes.schema.plans.prepared(LAYOUTS[0].format(query=json.dumps(QUERY), rows=VALUES[0]).encode())
    assert prepared is not None
    clients = [("first", 1), ("second", 1), ("second", 2)]
    for query, k in clients:
        assert _remembered(frames, _body(query, k=k), prepared.variant)
    for _ in range(3):
        for query, k in clients:
            for rows in ("[1]", "[2, 3]"):
                body = _body(query, rows, k)
                found = frames.found(body)
                assert found is not None
                assert found[1] == rows.encode()
                assert body.endswith(found[0].behind)
                assert str(k).encode() in found[0].behind


def test_frames_that_never_repeat_what_is_behind_the_rows_are_few(frames: Frames, lanes: Lanes) -> None:
    prepared = lanes.schema.plans.prepared(LAYOUTS[0].format(query=json.dumps(QUERY), rows=VALUES[0]).encode())
    assert prepared is not None
    remembered = [_remembered(frames, _body(k=k), prepared.variant) for k in range(MOST_ALIKE + 5)]
    assert remembered == [True] * MOST_ALIKE + [False] * 5


def test_the_frame_that_was_met_least_lately_is_forgotten_first(frames: Frames, lanes: Lanes) -> None:
    prepared = lanes.schema.plans.prepared(LAYOUTS[0].format(query=json.dumps(QUERY), rows=VALUES[0]).encode())
    assert prepared is not None
    assert not _remembered(frames, _body("x" * LONGEST), prepared.variant)
    assert _remembered(frames, _body("first"), prepared.variant)
    assert _remembered(frames, _body("second"), prepared.variant)
    for number in range(MOST_BYTES // 10_000 + 2):
        assert _remembered(frames, _body(f"{number:010000}"), prepared.variant)
        assert frames.read(_body("first")) is not None
    assert frames.read(_body("second")) is None
