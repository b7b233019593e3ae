"""What is told to a callback can be awaited, too."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar

Result = TypeVar("Result")

Submit = Callable[[Callable[[Result | Exception], None]], Callable[[], object]]
"""Takes what is told a result, or why there is none, and returns what is called where nobody waits any more."""


async def awaited(submit: Submit[Result]) -> Result:
    """Submit something and wait until its result is told. Raises what is told in its place.

    Who is cancelled withdraws what was submitted.
    """
    future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
    withdraw = submit(partial(_resolve, future))
    try:
        return await future
    except asyncio.CancelledError:
        withdraw()
        raise


def _resolve(future: asyncio.Future[Result], outcome: Result | Exception) -> None:
    if future.done():
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
