"""Processes that compute for one model, and who waits for which of them.

Each is asked one thing after the other, and may be asked the next while it computes: it reads that meanwhile, and goes
on with it without waiting for anybody of the server, whose threads have to wait for each other.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from inference.processes.fork_server import Process

_MOST_SECONDS: Final = 2_000_000
"""The system counts no more milliseconds than 32 bits hold."""


class TookTooLong(Exception):
    """A process was ended, for nobody waits any more for what it computes."""


class Line:
    """A process, and the one or two who have asked it something. Its answers come in the order of the questions."""

    __slots__ = ("is_alone", "is_coming", "is_lost", "process", "turn", "users")

    def __init__(self, process: Process) -> None:
        self.process = process
        self.turn = threading.Lock()
        """Who has it is answered next."""
        self.users = 0
        self.is_alone = False
        """Nobody may ask while somebody else waits."""
        self.is_coming = False
        """It was taken by one whose turn has not come: with the turn, one more may ask."""
        self.is_lost = False
        """The process ended."""


class Lines:
    """All processes of one model. May be used from any thread.

    There are `most` of them, and others only for those who may not ask one that computes already. `make` makes one;
    `count_lost` is called for each that ended, or was ended, before its time.
    """

    def __init__(self, most: int, make: Callable[[], Process], count_lost: Callable[[], None]) -> None:
        self._most = most
        self._make = make
        self._count_lost = count_lost
        self._lock = threading.Condition()
        self._count = 0
        self._coming = 0
        """How many are about to be among the busy ones."""
        self._idle: list[Line] = []
        self._busy: deque[Line] = deque()
        """Those that compute, and may be asked one thing more; who was asked first is done first."""
        self.is_closed = False

    def take(self, *, alone: bool) -> Line:
        """Return a process to ask; `alone` for one that nobody else asks meanwhile. Raises what `make` does.

        Where all are taken, one that was taken a moment ago is waited for rather than another made.
        """
        with self._lock:
            self._lock.wait_for(lambda: alone or not self._coming or self._can_be_asked())
            line = self._free(alone=alone)
            if line is None:
                self._count += 1  # it is to be there before others ask whether there are enough
            else:
                line.users += 1
                line.is_alone = alone
                line.is_coming = not alone
            self._coming += not alone
        return line or self._made(alone=alone)

    def _can_be_asked(self) -> bool:
        return bool(self._idle or self._busy) or self._count < self._most

    def _free(self, *, alone: bool) -> Line | None:
        if self._idle:
            return self._idle.pop()  # the one that was busy last: its memory is warm
        return self._busy.popleft() if self._busy and not alone and self._count >= self._most else None

    def _made(self, *, alone: bool) -> Line:
        try:
            line = Line(self._make())
        except BaseException:
            with self._lock:
                self._count -= 1
                self._coming -= not alone
                self._lock.notify_all()
            raise
        line.users, line.is_alone, line.is_coming = 1, alone, not alone
        return line

    def ask(self, line: Line, question: bytes, seconds: float) -> bytes:
        """Ask a process that was taken, and wait for its answer for so long.

        Raises EOFError or OSError where the process has ended, and TookTooLong. Whatever comes of it, the process is
        given back.
        """
        try:
            line.process.channel.send_bytes(question)
            with line.turn:
                answer = self._answer(line, seconds)
        except BaseException:
            self._lose(line)
            raise
        self._give_back(line)
        return answer

    def _answer(self, line: Line, seconds: float) -> bytes:
        if line.is_lost:
            raise EOFError
        try:
            self._let_another_ask(line)
            return _received(line.process, seconds)
        except BaseException:
            # While it is this one's turn: who is next must not take for its own what may still come of this answer.
            self._note_lost(line)
            raise

    def _let_another_ask(self, line: Line) -> None:
        """Let one more ask, whose answer comes after the one that is waited for now."""
        with self._lock:
            if not line.is_alone:
                self._busy.append(line)
                self._has_come(line)

    def _has_come(self, line: Line) -> None:
        self._coming -= line.is_coming
        line.is_coming = False
        self._lock.notify_all()

    def _give_back(self, line: Line) -> None:
        with self._lock:
            line.users -= 1
            if line.users:
                return
            with contextlib.suppress(ValueError):
                self._busy.remove(line)
            if self.is_closed or line.is_lost or self._count > self._most:
                self._let_go(line)
            else:
                self._idle.append(line)
                self._lock.notify_all()

    def _lose(self, line: Line) -> None:
        """Give a process back that has ended; its channel is closed by the last who has asked it."""
        self._note_lost(line)
        with self._lock:
            line.users -= 1
            if not line.users:
                self._let_go(line)

    def _note_lost(self, line: Line) -> None:
        with self._lock:
            is_new, line.is_lost = not line.is_lost, True
            with contextlib.suppress(ValueError):
                self._busy.remove(line)
            self._has_come(line)
        if is_new and not self.is_closed:
            self._count_lost()

    def _let_go(self, line: Line) -> None:
        self._count -= 1
        self._lock.notify_all()  # another may be made
        line.process.channel.close()

    def let_idle_go(self) -> None:
        """Let those go that have nothing to do: whatever ended one may have ended them, too."""
        with self._lock:
            idle, self._idle = self._idle, []
            lost = sum(line.process.channel.poll() for line in idle)  # nothing was asked, so there is only its end
            for line in idle:
                self._let_go(line)
        for _ in range(0 if self.is_closed else lost):
            self._count_lost()

    def close(self) -> None:
        """Let all go; those that compute are let go by who has asked them."""
        self.is_closed = True
        self.let_idle_go()


def _received(process: Process, seconds: float) -> bytes:
    if not process.channel.poll(min(seconds, _MOST_SECONDS)):
        os.kill(process.id, signal.SIGKILL)  # it is there: its end of the channel is
        raise TookTooLong(f"There was no answer within the {seconds:g} s that a call has.")
    return process.channel.recv_bytes()
