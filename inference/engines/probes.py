"""Rows on which engines are compared: the sample's own, and ones made to find where engines part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inference.card import FeatureType
from inference.engines.engine import Columns
from inference.engines.probe_values import values_to_try
from inference.signature.checks import check_rows
from inference.signature.feature import Signature
from inference.signature.sample_columns import sample_columns

_MOST_OWN: Final = 0.25
"""At most this share of the probes are the sample's rows as they are."""
_SEED: Final = 0


@dataclass(frozen=True, slots=True)
class Probes:
    """Rows that a model must accept, as one column per feature."""

    columns: Columns
    count: int

    def take(self, start: int, stop: int) -> Probes:
        """Return the rows from `start` up to `stop`, or to the last."""
        return Probes([column[start:stop] for column in self.columns], max(0, min(stop, self.count) - start))


def example_rows(signature: Signature, count: int) -> Probes:
    """Return the example row so many times."""
    return Probes([[value] * count for value in signature.example_row], count)


def make_probes(
    signature: Signature,
    sample: pd.DataFrame | None,
    count: int,
    thresholds: Mapping[int, NDArray[np.float64]],
) -> Probes:
    """Make `count` rows, the same ones each time, all of which `check_rows` lets pass.

    A quarter at most are the sample's own. In the others one feature, or each, has a value from its range and beyond,
    at its edges, between two neighbouring values of the sample, at a threshold of a tree (`thresholds`, by column) or
    one float beside it, one of its categories, one never seen, or none where it may be missing.
    """
    random = np.random.default_rng(_SEED)
    own = _own_rows(signature, sample)
    if signature.features[0].type is FeatureType.VECTOR:
        return Probes([_vectors(signature, own, count, thresholds, random)], count)
    pools = [
        values_to_try(feature, [row[place] for row in own], thresholds.get(place), random)
        for place, feature in enumerate(signature.features)
    ]
    whole = own[: int(count * _MOST_OWN)]
    made = [_changed(own, pools, row, random) for row in range(count - len(whole))]
    rows = whole + made
    columns = [list(values) for values in zip(*rows, strict=True)]
    for error in check_rows(signature, columns):
        for place, feature in enumerate(signature.features):
            columns[place][error.index] = feature.example
    return Probes(columns, count)


def _own_rows(signature: Signature, sample: pd.DataFrame | None) -> list[tuple[Any, ...]]:
    """Return the sample's rows that the model takes; without any, the example row."""
    columns = [] if sample is None else sample_columns(signature, sample)
    refused = {error.index for error in check_rows(signature, columns)} if columns else set()
    rows = [row for place, row in enumerate(zip(*columns, strict=True)) if place not in refused]
    return rows or [signature.example_row]


def _changed(
    own: Sequence[tuple[Any, ...]], pools: Sequence[Sequence[Any]], number: int, random: np.random.Generator
) -> tuple[Any, ...]:
    """Return a row of the sample with one value changed, in turn, or, every other time, with all changed."""
    if number % 2:
        return tuple(pool[int(random.integers(len(pool)))] for pool in pools)
    row = list(own[int(random.integers(len(own)))])
    turn, place = divmod(number // 2, len(pools))
    row[place] = pools[place][turn % len(pools[place])]
    return tuple(row)


def _vectors(
    signature: Signature,
    own: Sequence[tuple[Any, ...]],
    count: int,
    thresholds: Mapping[int, NDArray[np.float64]],
    random: np.random.Generator,
) -> list[list[float]]:
    """Return vectors: whole ones of the sample, their elements mixed, and some elements from the pool of each place."""
    (feature,) = signature.features
    seen = np.array([row[0] for row in own], dtype=np.float64)
    width = seen.shape[1]
    whole = seen[: int(count * _MOST_OWN)]
    rows = count - len(whole)
    mixed = seen[random.integers(len(seen), size=(rows, width)), np.arange(width)]
    kept = seen[random.integers(len(seen), size=rows)]
    made = np.where(random.random((rows, 1)) < 0.5, mixed, kept)  # noqa: PLR2004  # half of each
    changes = random.random((rows, width)) < max(0.1, 1 / width)
    for place in range(width):
        pool = np.array(values_to_try(feature, seen[:, place].tolist(), thresholds.get(place), random))
        chosen = changes[:, place]
        tried = random.integers(len(pool), size=int(chosen.sum()))
        tried[:2] = range(min(2, len(tried)))  # the least and the greatest
        made[chosen, place] = pool[tried]
    vectors: list[list[float]] = np.vstack([whole, made]).tolist()
    faulty = {error.index for error in check_rows(signature, [vectors])}
    return [vectors[0] if place in faulty else row for place, row in enumerate(vectors)]
