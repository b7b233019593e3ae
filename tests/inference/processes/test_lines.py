"""Who waits for a process is answered what it has asked, or nothing."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

import pytest

from inference.processes.fork_server import Process
from inference.processes.lines import Line, Lines, TookTooLong

SECONDS = 0.4
"""For which an answer is waited for."""


class Ends:
    """Makes one process that answers what a test writes for it, and counts those that are lost."""

    def __init__(self) -> None:
        self.ours, self.theirs = Pipe()
        self.sleeping = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        self.made = self.lost = 0

    def make(self) -> Process:
        """Return the process."""
        self.made += 1
        assert isinstance(self.theirs, Connection)
        return Process(self.theirs, self.sleeping.pid)

    def count_lost(self) -> None:
        """Count one."""
        self.lost += 1


@pytest.fixture
def ends() -> Iterator[Ends]:
    """Give a process, and end it."""
    made = Ends()
    yield made
    made.sleeping.kill()
    made.sleeping.wait()
    made.ours.close()


def ask(lines: Lines, line: Line, question: bytes, answers: list[Any]) -> threading.Thread:
    """Ask in a thread, and keep the answer, or what is raised."""

    def run() -> None:
        try:
            answers.append(lines.ask(line, question, SECONDS))
        except (EOFError, OSError, TookTooLong) as error:
            answers.append(type(error))

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_answers_come_in_the_order_of_the_questions_of_which_the_second_is_sent_while_the_first_is_computed(
    ends: Ends,
) -> None:
    lines = Lines(1, ends.make, ends.count_lost)
    answers: list[Any] = []
    first = ask(lines, lines.take(alone=False), b"one", answers)
    assert ends.ours.recv_bytes() == b"one"
    time.sleep(0.05)
    second = ask(lines, lines.take(alone=False), b"two", answers)
    assert ends.ours.recv_bytes() == b"two"
    ends.ours.send_bytes(b"1")
    first.join()
    ends.ours.send_bytes(b"2")
    second.join()
    assert answers == [b"1", b"2"]
    assert lines.take(alone=False).process.id == ends.sleeping.pid
    assert ends.lost == 0


def test_no_other_process_is_made_for_one_who_comes_between_the_taking_of_a_process_and_the_question(
    ends: Ends,
) -> None:
    lines = Lines(1, ends.make, ends.count_lost)
    answers: list[Any] = []
    line = lines.take(alone=False)
    second: list[Line] = []
    taking = threading.Thread(target=lambda: second.append(lines.take(alone=False)))
    taking.start()
    taking.join(0.05)
    assert taking.is_alive()
    first = ask(lines, line, b"one", answers)
    taking.join(SECONDS)
    assert second == [line]
    ends.ours.send_bytes(b"1")
    first.join()
    assert answers == [b"1"]
    assert ends.made == 1


def test_who_waits_for_a_process_that_is_lost_before_it_was_asked_is_given_another(ends: Ends) -> None:
    lines = Lines(1, ends.make, ends.count_lost)
    line = lines.take(alone=False)
    second: list[Line] = []
    taking = threading.Thread(target=lambda: second.append(lines.take(alone=False)))
    taking.start()
    with pytest.raises(TypeError):
        lines.ask(line, "no bytes", SECONDS)  # type: ignore[arg-type]  # as if sending failed
    taking.join(SECONDS)
    assert second
    assert second != [line]
    assert ends.made == 2


def test_an_answer_that_comes_too_late_is_not_taken_for_that_of_who_asked_next(ends: Ends) -> None:
    lines = Lines(1, ends.make, ends.count_lost)
    late: list[Any] = []
    after: list[Any] = []
    first = ask(lines, lines.take(alone=False), b"one", late)
    time.sleep(0.05)
    second = ask(lines, lines.take(alone=False), b"two", after)
    while not late:
        time.sleep(0.0001)
    with contextlib.suppress(BrokenPipeError):  # nobody waits any more
        ends.ours.send_bytes(b"1")
    first.join()
    second.join()
    assert late == [TookTooLong]
    assert after == [EOFError]
    assert ends.sleeping.wait() < 0
    assert ends.lost == 1


def test_one_that_could_not_be_asked_the_next_answers_what_it_was_asked_and_is_asked_no_more(ends: Ends) -> None:
    lines = Lines(1, ends.make, ends.count_lost)
    answers: list[Any] = []
    first = ask(lines, lines.take(alone=False), b"one", answers)
    assert ends.ours.recv_bytes() == b"one"
    time.sleep(0.05)
    line = lines.take(alone=False)
    with pytest.raises(TypeError):
        lines.ask(line, "no bytes", SECONDS)  # type: ignore[arg-type]  # as if sending failed
    ends.ours.send_bytes(b"1")
    first.join()
    assert answers == [b"1"]
    assert ends.lost == 1
    with pytest.raises(EOFError):
        ends.ours.recv_bytes()
