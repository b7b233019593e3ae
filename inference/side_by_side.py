"""Work done in threads that end with it, and that nobody has to wait for who is told to stop meanwhile."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def side_by_side(work: Callable[[Item], Result], items: Sequence[Item], most: int, name: str) -> list[Result]:
    """Return the result for each item. At most so many threads work at once, and `name` begins their names.

    Raises what the first that failed raised, when all have ended. The threads are daemons, unlike those of
    concurrent.futures: a signal that raises in this thread ends the process although one of them works.
    """
    waiting = deque(enumerate(items))
    results: dict[int, Result] = {}
    failures: dict[int, BaseException] = {}

    def take() -> None:
        while True:
            try:
                place, item = waiting.popleft()
            except IndexError:
                return
            try:
                results[place] = work(item)
            except BaseException as error:  # noqa: BLE001  # it is raised below, where somebody waits for it
                failures[place] = error

    threads = [
        threading.Thread(target=take, name=f"{name}-{number}", daemon=True) for number in range(min(most, len(items)))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[min(failures)]
    return [results[place] for place in range(len(items))]
