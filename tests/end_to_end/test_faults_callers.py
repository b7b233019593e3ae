"""Callers that leave or send what makes a model raise: nobody else is harmed, and nothing is computed for nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tests.end_to_end.callers import Caller, Reply, with_callers

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Faulty

LEFT = "query($x: Float!) { left(input: {x: $x}) { value } }"
POISON = 666.0
BATCH = """query($rows: [PoisonedInput!]!) {
  poisonedBatch(inputs: $rows) { predictions { value } errors { index code } count }
}"""


async def _busy(first: Caller, row: float) -> None:
    """Give the model something to do for a while."""
    await first.send(LEFT, x=row)
    await asyncio.sleep(0.15)


def test_where_one_of_64_waiting_callers_leaves_the_others_get_their_answers(faulty: Faulty) -> None:
    async def leave(callers: Sequence[Caller]) -> list[Reply]:
        first, *waiting = callers
        await _busy(first, 100.0)
        for row, caller in enumerate(waiting):
            await caller.send(LEFT, x=row + 0.5)
        await asyncio.sleep(0.1)
        await waiting.pop(20).leave()
        return await asyncio.gather(first.reply(), *(caller.reply() for caller in waiting))

    replies = with_callers(faulty.server.url, 65, leave)
    asked = [100.0, *(row + 0.5 for row in range(64) if row != 20)]
    assert [reply.body for reply in replies] == [{"data": {"left": {"value": 2 * row}}} for row in asked]
    assert sorted(row for rows in faulty.asked("left") for row in rows if row <= 100) == sorted(asked)


def test_the_rows_of_clients_that_disconnect_are_never_computed(faulty: Faulty) -> None:
    async def leave(callers: Sequence[Caller]) -> Reply:
        first, last, *waiting = callers
        await _busy(first, 101.0)
        await asyncio.gather(*(caller.send(LEFT, x=1000.0 + row) for row, caller in enumerate(waiting)))
        await asyncio.sleep(0.1)
        await asyncio.gather(*(caller.leave() for caller in waiting))
        await first.reply()
        return await last.ask(LEFT, x=102.0)

    reply = with_callers(faulty.server.url, 32, leave)
    assert reply.body == {"data": {"left": {"value": 204}}}
    assert [row for rows in faulty.asked("left") for row in rows if row >= 1000] == []


def test_one_poisoned_row_among_1000_of_50_callers_costs_nobody_else_an_answer(faulty: Faulty) -> None:
    rows = [[1000.0 * caller + place for place in range(20)] for caller in range(50)]
    rows[31][7] = POISON

    async def ask(callers: Sequence[Caller]) -> list[Reply]:
        asking = (caller.ask(BATCH, rows=[{"x": x} for x in own]) for caller, own in zip(callers, rows, strict=True))
        return await asyncio.gather(*asking)

    replies = with_callers(faulty.server.url, 50, ask)
    for own, reply in zip(rows, replies, strict=True):
        assert reply.status == 200
        assert reply.body["data"]["poisonedBatch"] == {
            "predictions": [None if x == POISON else {"value": 2 * x} for x in own],
            "errors": [{"index": 7, "code": "PREDICTION_FAILED"}] if POISON in own else [],
            "count": 20,
        }
    assert len(faulty.asked("poisoned")) <= 40, "the row was searched in too many calls"
