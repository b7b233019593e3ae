"""How many rows a batch may have, so that whoever comes next need not wait long."""

from __future__ import annotations

from typing import Final

from inference.cost import Cost

MOST_BATCH_ROWS: Final = 8192
BATCH_SECONDS: Final = 0.05
"""How long a batch should take at most."""


def most_batch_rows(cost: Cost) -> int:
    """Return how many rows are expected to take no longer than a batch should, at least 1.

    Where the call alone takes a good part of that, there are as many rows as take as long as the call: in smaller
    batches, most of the time would go into calls.
    """
    if cost.row_seconds <= 0:
        return MOST_BATCH_ROWS
    seconds = max(BATCH_SECONDS - cost.call_seconds, cost.call_seconds)
    return max(1, int(min(MOST_BATCH_ROWS, seconds / cost.row_seconds)))
