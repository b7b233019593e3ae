"""What estimators of densities and searches for neighbours answer is what the estimators answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity, NearestNeighbors

from inference.card import Task
from inference.errors import BadInput
from inference.outputs.output import OutputRequest
from inference.predictions import Predictions

if TYPE_CHECKING:
    from inference.model import LoadedModel

Load = Callable[..., "LoadedModel"]
Ask = Callable[..., Predictions]


def column(predictions: Predictions, name: str) -> list[Any]:
    assert predictions.errors == ()
    return predictions.columns[OutputRequest(name)]


def nearest(k: int) -> OutputRequest:
    return OutputRequest("neighbors", (("k", k),))


def test_a_density_is_a_score(load: Load, ask: Ask, rows: pd.DataFrame) -> None:
    fitted = KernelDensity(bandwidth=0.5).fit(rows)
    assert load(fitted, sample=rows).serving.task is Task.DENSITY_ESTIMATION
    assert column(ask(rows, "score"), "score") == fitted.score_samples(rows).tolist()


def test_an_estimator_of_two_tasks_has_the_one_of_its_card(load: Load, ask: Ask, rows: pd.DataFrame) -> None:
    fitted = GaussianMixture(2, random_state=0).fit(rows)
    model = load(fitted, sample=rows, card="task: density_estimation")
    assert list(model.outputs) == ["score"]
    assert column(ask(rows, "score"), "score") == fitted.score_samples(rows).tolist()


@pytest.mark.parametrize("k", [1, 3, 200])
def test_neighbours_are_as_many_as_are_asked_for(load: Load, ask: Ask, rows: pd.DataFrame, k: int) -> None:
    fitted = NearestNeighbors(n_neighbors=4).fit(rows)
    assert load(fitted, sample=rows).serving.task is Task.NEIGHBORS
    got = ask(rows, nearest(k), "neighbors")
    for asked in (k, 4):
        distances, places = fitted.kneighbors(rows, n_neighbors=asked)
        expected = [list(zip(*row, strict=True)) for row in zip(places.tolist(), distances.tolist(), strict=True)]
        assert got.columns[nearest(asked)] == expected


@pytest.mark.parametrize(("k", "bound"), [(0, "at least 1"), (201, "at most 200")])
def test_no_more_neighbours_are_asked_for_than_there_are_rows(
    load: Load, ask: Ask, rows: pd.DataFrame, k: int, bound: str
) -> None:
    load(NearestNeighbors().fit(rows))
    with pytest.raises(BadInput, match=f"k is {k}, and must be {bound}"):
        ask(rows, nearest(k))


def test_one_call_may_ask_for_several_numbers_of_neighbours(load: Load, ask: Ask, rows: pd.DataFrame) -> None:
    load(NearestNeighbors().fit(rows))
    got = ask(rows, nearest(1), nearest(2))
    assert [len(got.columns[nearest(k)][0]) for k in (1, 2)] == [1, 2]
