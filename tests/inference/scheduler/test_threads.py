"""A model's threads: started when needed, one piece of work each, and no obstacle to the end."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import sklearn.ensemble  # noqa: F401  # brings OpenMP
from threadpoolctl import threadpool_info

from inference.scheduler.threads import CLOSE_SECONDS, ModelThreads


async def done(threads: ModelThreads, work: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    """Let a thread do something, and wait for it."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[tuple[Any, BaseException | None]] = loop.create_future()
    assert threads.run(loop, work, lambda result, error: future.set_result((result, error)))
    return await future


def test_a_result_or_what_was_raised_comes_back_to_the_event_loop() -> None:
    threads = ModelThreads(1, "m")
    thread, _ = asyncio.run(done(threads, threading.current_thread))
    assert thread.name == "predict-m-0"
    assert thread.daemon
    result, error = asyncio.run(done(threads, lambda: 1 / 0))
    assert (result, type(error)) == (None, ZeroDivisionError)
    threads.close()
    assert not thread.is_alive()


def test_what_has_been_finished_for_long_is_taken_where_calls_come_and_only_once() -> None:
    threads = ModelThreads(1, "m")
    seen: list[int | None] = []

    async def busy() -> list[int | None]:
        loop = asyncio.get_running_loop()
        threads.run(loop, lambda: 5, lambda result, _: seen.append(result))
        wait_until(lambda: bool(threads.finished))
        threads.look(loop, time.monotonic())
        assert seen == []
        threads.look(loop, time.monotonic() + 0.006)
        before = seen.copy()
        await asyncio.sleep(0.01)
        return before

    assert asyncio.run(busy()) == [5]
    assert seen == [5]
    threads.close()


def begun_at_once(threads: ModelThreads) -> int:
    """Return how many of three pieces of work are begun while none of them is done."""
    go_on, begun = threading.Event(), threading.Semaphore(0)

    def work() -> None:
        begun.release()
        go_on.wait()

    async def begin() -> int:
        pieces = [asyncio.create_task(done(threads, work)) for _ in range(3)]
        await asyncio.sleep(0)
        count = 0
        while await asyncio.to_thread(begun.acquire, timeout=0.3):
            count += 1
        go_on.set()
        await asyncio.gather(*pieces)
        return count

    return asyncio.run(begin())


def test_as_many_pieces_of_work_are_begun_as_are_done_at_once_and_one_more_where_that_is_asked_for() -> None:
    threads, ahead = ModelThreads(1, "m"), ModelThreads(1, "m")
    ahead.begin_ahead()
    assert [begun_at_once(threads), begun_at_once(ahead)] == [1, 2]
    threads.close()
    ahead.close()


def test_what_was_done_for_an_event_loop_that_has_ended_is_not_done_on_another() -> None:
    threads, go_on = ModelThreads(1, "m"), threading.Event()
    seen: list[bool | None] = []

    async def leave() -> None:
        threads.run(asyncio.get_running_loop(), go_on.wait, lambda result, _: seen.append(result))

    async def come() -> None:
        go_on.set()
        wait_until(lambda: bool(threads.finished))
        threads.take(asyncio.get_running_loop())

    asyncio.run(leave())
    asyncio.run(come())
    assert seen == []
    assert not threads.finished
    threads.close()


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait in a turn of the event loop, which has no time for anything else."""
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_no_thread_is_started_before_there_is_work() -> None:
    before = threading.active_count()
    threads = ModelThreads(4, "m")
    assert threading.active_count() == before
    threads.close()


def test_pieces_of_work_run_side_by_side() -> None:
    threads = ModelThreads(2, "m")
    meeting = threading.Barrier(2, timeout=10)

    async def both() -> list[tuple[Any, BaseException | None]]:
        return [*await asyncio.gather(done(threads, meeting.wait), done(threads, meeting.wait))]

    assert sorted(result for result, _ in asyncio.run(both())) == [0, 1]
    threads.close()


def test_after_closing_no_work_is_taken() -> None:
    threads = ModelThreads(1, "m")
    threads.close()
    loop = asyncio.new_event_loop()
    assert not threads.run(loop, time.time, lambda *_: None)
    loop.close()


def test_work_that_does_not_end_does_not_keep_closing_from_ending() -> None:
    threads, end = ModelThreads(1, "m"), threading.Event()
    loop = asyncio.new_event_loop()
    threads.run(loop, end.wait, lambda *_: None)
    start = time.monotonic()
    threads.close()
    assert CLOSE_SECONDS <= time.monotonic() - start < 10 * CLOSE_SECONDS
    loop.close()
    end.set()  # its thread finds the event loop closed, and says nothing


def openmp_threads() -> set[int]:
    """Return with how many threads OpenMP would compute what this thread calls."""
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "openmp"}


def test_openmp_uses_as_many_processors_in_a_models_threads_as_it_is_given() -> None:
    before = openmp_threads()
    for processors in (1, 3):
        threads = ModelThreads(1, "m", processors)
        assert asyncio.run(done(threads, openmp_threads)) == ({processors}, None)
        threads.close()
    assert openmp_threads() == before
