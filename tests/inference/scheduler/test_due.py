"""A batch is cut at the end of the event loop's turn, or before where that takes long."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from inference.loader import Models
from inference.outputs.output import OutputRequest
from inference.predictions import PredictRequest
from inference.scheduler.due import Due
from inference.scheduler.lateness import Lateness
from inference.service import InferenceService
from inference.statistics.model_families import ReleaseReason

if TYPE_CHECKING:
    from inference.model import LoadedModel

REQUEST = PredictRequest("m", None, [[1.0]], 1, (OutputRequest("label"),))


def cuts_of(turn: Sequence[float]) -> tuple[list[ReleaseReason], list[ReleaseReason]]:
    """Return which batches are cut while calls come at these times, in seconds, and which by the end of the turn."""
    cuts: list[ReleaseReason] = []

    def cut(_: asyncio.AbstractEventLoop, reason: ReleaseReason) -> None:
        if due:
            cuts.append(reason)
        due.end()

    async def come() -> list[ReleaseReason]:
        for now in turn:
            due.look(now)
            due.begin(asyncio.get_running_loop(), ReleaseReason.IDLE, now)
        before = cuts.copy()
        await asyncio.sleep(0)
        return before

    with closing(Lateness()) as lateness:
        due = Due(lateness, cut)
        before = asyncio.run(come())
    return before, cuts


def test_calls_that_come_together_meet_in_a_batch_at_the_end_of_the_turn() -> None:
    assert cuts_of([5.0, 5.001, 5.002, 5.003]) == ([], [ReleaseReason.IDLE])


def test_who_has_waited_for_long_is_not_kept_waiting_by_those_who_come() -> None:
    before, cuts = cuts_of([5.0, 5.003, 5.006, 5.009, 5.012, 5.015])
    assert (len(before), len(cuts)) == (2, 3)


def test_where_nobody_waits_there_is_nothing_to_see_to() -> None:
    with closing(Lateness()) as lateness:
        due = Due(lateness, lambda *_: pytest.fail("nothing was due"))
        due.look(time.monotonic())
        assert not due


def test_callers_are_answered_while_others_come_without_a_pause(recorder: LoadedModel) -> None:
    async def dear(caller: int) -> Any:
        time.sleep(0.01)  # noqa: ASYNC251  # the event loop is to be busy
        return await service.predict(replace(REQUEST, columns=[[float(caller)]]))

    with closing(InferenceService(Models((recorder,), ()), threads=1)) as service:

        async def come() -> list[Any]:
            return [*await asyncio.gather(*map(dear, range(8)))]

        answers = asyncio.run(come())
    assert [answer.columns[OutputRequest("label")] for answer in answers] == [["minus"], *[["plus"]] * 7]
    batches = [rows for _, rows in recorder.estimator.calls]
    assert sum(batches) == 8
    assert len(batches) > 2, "they waited for the last one"  # the first batch is, and then all others
