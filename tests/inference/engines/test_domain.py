"""An engine answers what lies among the rows that it was proved on."""

from __future__ import annotations

import math

import numpy as np
import pytest

from inference.card import FeatureType
from inference.engines.domain import Domain
from inference.signature.feature import Feature

DOMAIN = Domain([0.0, -1.0], [16.0, 1.0])


@pytest.mark.parametrize("count", [1, 100])
@pytest.mark.parametrize(
    ("row", "inside"), [([0, -1], True), ([16, math.nan], True), ([16.5, 0], False), ([0, -1.5], False)]
)
def test_rows_are_inside_where_each_value_is(row: list[float], inside: bool, count: int) -> None:  # noqa: FBT001  # what is expected
    rows = np.array([[1.0, 0.0]] * (count - 1) + [row])
    assert DOMAIN.holds(rows) is inside
    assert DOMAIN.inside(rows).tolist() == [True] * (count - 1) + [inside]


@pytest.mark.parametrize(
    ("limits", "kept"),
    [
        (((0, 16), (-1, 1)), True),
        (((1, 2), (0, 0)), True),
        (((0, 17), (-1, 1)), False),
        (((0, 16), (-2, 1)), False),
        (((None, 16), (-1, 1)), False),
        (((0, 16), (-1, None)), False),
        (((0, 16),), False),
    ],
)
def test_limits_keep_rows_inside_where_those_of_all_features_do(
    limits: tuple[tuple[float | None, float | None], ...],
    kept: bool,  # noqa: FBT001  # as above
) -> None:
    features = [Feature("x", FeatureType.FLOAT, min=least, max=greatest) for least, greatest in limits]
    assert DOMAIN.keeps(features) is kept


def test_limits_of_a_vector_are_those_of_each_of_its_floats() -> None:
    assert DOMAIN.keeps([Feature("x", FeatureType.VECTOR, length=2, min=0, max=1)])
    assert not DOMAIN.keeps([Feature("x", FeatureType.VECTOR, length=2, min=0, max=2)])
