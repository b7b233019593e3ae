"""What happens often in one turn of the event loop is counted once, at its end."""

from __future__ import annotations

import asyncio

from inference.statistics.tally import Tally


def test_all_of_a_turn_is_added_up_at_its_end() -> None:
    added: list[tuple[int, int]] = []

    async def count() -> list[list[tuple[int, int]]]:
        tally, seen = Tally(lambda times, amount: added.append((times, amount))), []
        for turn in ([1, 20, 3], [5], []):
            for amount in turn:
                tally.one(amount)
            seen.append(added.copy())
            await asyncio.sleep(0)
        return seen

    assert asyncio.run(count()) == [[], [(3, 24)], [(3, 24), (1, 5)]]
    assert added == [(3, 24), (1, 5)]
