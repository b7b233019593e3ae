"""Requests may keep the event loop so busy that a free model answers late; who would be late is refused."""

from __future__ import annotations

import asyncio
import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from inference.errors import Overloaded, RefusalReason
from inference.info import Limits
from inference.loader import Models
from inference.outputs.output import OutputRequest
from inference.predictions import Predictions, PredictRequest
from inference.scheduler.lateness import TURNS_OF_A_CALL, Lateness
from inference.service import InferenceService

if TYPE_CHECKING:
    from inference.model import LoadedModel

LABEL = OutputRequest("label")
REQUEST = PredictRequest("m", None, [[1.0]], 1, (LABEL,))


def turns(*lengths: float, pause: float = 0.0) -> tuple[Lateness, float]:
    """Return what is known after turns of these lengths with pauses between, and the time."""
    lateness, now = Lateness(), 1000.0
    for seconds in lengths:
        now += pause
        lateness.due(now)
        now += seconds
        lateness.cut(now)
    lateness.due(now + pause)
    return lateness, now + pause


def test_a_call_is_expected_to_take_some_turns_that_are_as_long_as_the_last_ones() -> None:
    lateness, now = turns(0.2, 0.3)
    assert lateness.expected(now) == pytest.approx(TURNS_OF_A_CALL * 0.2)


def test_a_turn_that_takes_longer_than_the_last_ones_is_noticed_before_it_is_over() -> None:
    lateness, now = turns(0.2, 0.3)
    assert lateness.expected(now + 0.5) == pytest.approx(TURNS_OF_A_CALL * 0.5)


@pytest.mark.parametrize("lengths", [(0.001, 5.0), (5.0, 0.001)])
def test_a_single_long_turn_is_no_overload(lengths: tuple[float, float]) -> None:
    lateness, now = turns(*lengths)
    assert lateness.expected(now) == pytest.approx(TURNS_OF_A_CALL * 0.001)


def test_after_a_quiet_time_long_turns_are_forgotten() -> None:
    lateness, now = turns(0.2, 0.3, pause=0.31)
    assert lateness.expected(now) == 0


@pytest.mark.parametrize("recorder", ["in place"], indirect=True)
def test_of_those_who_come_in_a_long_turn_the_later_ones_are_refused_and_a_quiet_loop_lets_all_in(
    recorder: LoadedModel,
) -> None:
    limits = Limits(max_rows=10, deadline_seconds=0.5)
    model = replace(recorder, serving=replace(recorder.serving, limits=limits))

    async def dear() -> Predictions:
        time.sleep(0.01)  # noqa: ASYNC251  # the event loop is to be busy
        return await service.predict(REQUEST)

    async def overload_and_quiet() -> tuple[list[Any], list[Predictions]]:
        results = await asyncio.gather(*(dear() for _ in range(40)), return_exceptions=True)
        return [*results], [*await asyncio.gather(*(service.predict(REQUEST) for _ in range(40)))]

    with closing(InferenceService(Models((model,), ()), threads=1)) as service:
        results, after = asyncio.run(overload_and_quiet())
    refused = [result for result in results if isinstance(result, Overloaded)]
    assert 0 < len(refused) < 40
    assert {error.refusal for error in refused} == {RefusalReason.TOO_LATE}
    assert len(after) == 40
    answered = [result for result in results if isinstance(result, Predictions)]  # some are late, on a busy machine
    assert sum(rows for _, rows in recorder.estimator.calls) == len(answered) + len(after)
