"""A call has its room in the queue from when it is let in, also while its rows are still checked."""

from __future__ import annotations

import asyncio
import random
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from inference.errors import ModelUnavailable, Overloaded
from inference.info import Limits
from inference.loader import Models
from inference.outputs.output import OutputRequest
from inference.predictions import Predictions, PredictRequest
from inference.row_checks import SLICE_VALUES
from inference.service import InferenceService

if TYPE_CHECKING:
    from inference.model import LoadedModel

MANY = 3 * SLICE_VALUES
"""So many rows of one value that others have their turn while they are checked."""
LABEL = OutputRequest("label")


def serving(recorder: LoadedModel, most: int) -> InferenceService:
    limits = Limits(max_rows=10 * MANY, deadline_seconds=30, max_queued_rows=most)
    return InferenceService(
        Models((replace(recorder, serving=replace(recorder.serving, limits=limits)),), ()), threads=1
    )


def ask(service: InferenceService, rows: int) -> asyncio.Task[Predictions]:
    return asyncio.create_task(service.predict(PredictRequest("m", None, [[1.0] * rows], rows, (LABEL,))))


def test_of_two_large_calls_that_come_together_only_one_has_the_room(recorder: LoadedModel) -> None:
    async def both() -> tuple[Predictions, int]:
        first, second, small = ask(service, MANY), ask(service, MANY), ask(service, 1)
        turns = 0
        while not (second.done() and small.done()):
            await asyncio.sleep(0)
            turns += 1
        for refused in (second, small):
            with pytest.raises(Overloaded, match=f"{MANY} rows wait already, and at most {MANY} may"):
                await refused
        assert not first.done()
        return await first, turns

    with closing(serving(recorder, MANY)) as service:
        answered, turns = asyncio.run(both())
    assert answered.columns[LABEL] == ["plus"] * MANY
    assert turns == 1, "who is refused is refused before its rows are looked at"
    assert sum(rows for _, rows in recorder.estimator.calls) == MANY


def test_who_leaves_while_its_rows_are_checked_makes_room(recorder: LoadedModel) -> None:
    async def leave() -> Predictions:
        first = ask(service, MANY)
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
        return await ask(service, 1)

    with closing(serving(recorder, MANY)) as service:
        assert asyncio.run(leave()).count == 1
    assert recorder.estimator.calls == [("predict", 1)]


def test_bad_rows_give_their_room_back(recorder: LoadedModel) -> None:
    async def one_after_another() -> tuple[Predictions, Predictions]:
        bad = await service.predict(PredictRequest("m", None, [[float("inf")] * MANY], MANY, (LABEL,)))
        return bad, await ask(service, MANY)

    with closing(serving(recorder, MANY)) as service:
        bad, good = asyncio.run(one_after_another())
    assert len(bad.errors) == MANY
    assert good.columns[LABEL] == ["plus"] * MANY


def test_a_call_whose_rows_are_checked_when_the_server_stops_is_told_so(recorder: LoadedModel) -> None:
    async def stop() -> None:
        coming = ask(service, MANY)
        await asyncio.sleep(0)
        await service.drain()
        with pytest.raises(ModelUnavailable, match=r"^The server is stopping\.$"):
            await coming

    with closing(serving(recorder, MANY)) as service:
        asyncio.run(stop())
    assert recorder.estimator.calls == []


@pytest.mark.parametrize("recorder", ["in a thread"], indirect=True)
@pytest.mark.parametrize("seed", range(3))
def test_whatever_comes_no_more_rows_wait_than_may_and_who_is_refused_costs_the_model_nothing(
    recorder: LoadedModel, seed: int
) -> None:
    most, chance = 50, random.Random(seed)
    recorder.estimator.seconds = 0.005
    depths: list[int] = []

    async def come() -> list[tuple[int, Predictions | BaseException]]:
        sizes, calls = [], []
        for _ in range(300):
            sizes.append(chance.randint(1, most))
            calls.append(ask(service, sizes[-1]))
            if chance.random() < 0.5:
                await asyncio.sleep(chance.choice([0, 0.001, 0.004]))
                live = service.live(recorder.info)
                depths.append(live.queued_rows if live else 0)
        return list(zip(sizes, await asyncio.gather(*calls, return_exceptions=True), strict=True))

    with closing(serving(recorder, most)) as service:
        results = asyncio.run(come())
    assert most / 2 < max(depths) <= most
    assert {type(result) for _, result in results} == {Predictions, Overloaded}
    answered = sum(size for size, result in results if isinstance(result, Predictions))
    assert sum(rows for _, rows in recorder.estimator.calls) == answered
