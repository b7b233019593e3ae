"""Variants of plans are compiled once, and never more of them kept than there is room for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from schema.plan.frames import MOST_ALIKE
from schema.plan.plan import LONGEST_SETTINGS, MOST_VARIANTS

if TYPE_CHECKING:
    from schema.plan.variant import Variant
    from tests.schema.plan.lanes import Lanes

QUERY = """query($row: FlowerInput!, $k: Int!, $version: String) {
  flower(input: $row, version: $version) { topClasses(k: $k) { label } }
}"""


def variant(lanes: Lanes, k: int, x: float = 1, **more: Any) -> Variant | None:
    """Return the variant that answers a request."""
    variables = {"row": {"leftSide": x, "right": 1}, "k": k, **more}
    prepared = lanes.schema.plans.prepared(json.dumps({"query": QUERY, "variables": variables}).encode())
    return prepared.variant if prepared else None


def test_requests_that_differ_in_their_rows_alone_have_one_variant(lanes: Lanes) -> None:
    first = variant(lanes, 1)
    assert first is not None
    assert variant(lanes, 1, x=2.5) is first
    assert variant(lanes, 2) is not first
    assert variant(lanes, 1, version="1") is not first


def test_the_variant_that_was_asked_for_least_lately_is_forgotten_first(lanes: Lanes) -> None:
    for k in range(MOST_ALIKE):
        variant(lanes, 1 + k)  # the first few are remembered with their frames, too
    first, second = variant(lanes, 5001), variant(lanes, 5002)
    for k in range(3, MOST_VARIANTS + 1):
        assert variant(lanes, 5000 + k) is not None
    assert variant(lanes, 5001) is first
    assert variant(lanes, 5001 + MOST_VARIANTS) is not None
    assert variant(lanes, 5001) is first
    assert variant(lanes, 5002) is not second


def test_settings_that_are_long_are_left_to_the_reference_lane(lanes: Lanes) -> None:
    assert variant(lanes, 1, version="1" * (LONGEST_SETTINGS - 10)) is not None
    assert variant(lanes, 1, version="1" * LONGEST_SETTINGS) is None
