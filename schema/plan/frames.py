"""Requests that differ from an earlier one only in their rows are recognised by the text around the rows.

Where that text is the same byte for byte, so are the query, the operation's name and all other variables: whatever JSON
value stands in the gap is the value of the same variable. So nothing but the rows is read, and nothing is looked up.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from resolvers.predict import Rows
from schema.asked import Asked
from schema.plan.read import Envelope, EnvelopeReader
from schema.plan.variant import Variant

MOST_BYTES = 512 * 1024
"""Of the text of all remembered frames together."""
LONGEST = 16 * 1024
"""A longer frame is not remembered: it would push out many others."""
MOST_ALIKE = 8
"""So many frames may begin with the same text. Where there are more, what is behind the rows never repeats."""

_VARIABLES = b'"variables"'
_FIRST_VARIABLE = re.compile(rb'"variables"\s*:\s*\{\s*"[^"\\]*"\s*:\s*')


class Frame(NamedTuple):
    """The text behind the rows, and what a request with it asks for."""

    behind: bytes
    variable: str
    read: Callable[[Any], Rows]
    asked: Asked
    variant: Variant


class Frames:
    """The frames of the requests that came lately, by the text before the rows."""

    def __init__(self, envelopes: EnvelopeReader) -> None:
        self._envelopes = envelopes
        self._known: OrderedDict[bytes, list[Frame]] = OrderedDict()
        self._bytes = 0
        self._last: tuple[bytes, Frame] | None = None
        """The text before the rows of the last request, and its frame, where no other frame begins so."""

    def read(self, body: bytes) -> tuple[Frame, Rows] | None:
        """Return a request's frame and its rows; None where no frame is known, or the rows do not fit their type."""
        found = self.found(body)
        if found is None:
            return None
        frame, rows = found
        try:
            return frame, frame.read(rows)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None

    def found(self, body: bytes) -> tuple[Frame, memoryview] | None:
        """Return a request's frame and the text of its rows; None where it has no known frame.

        A frame holds the first variable of a request.
        """
        last = self._last
        if last and body.startswith(last[0]) and body.endswith(last[1].behind):
            return last[1], memoryview(body)[len(last[0]) : len(body) - len(last[1].behind)]
        start = _start(body)
        before = body[:start]
        known = self._known.get(before) if start else None
        if known is None:
            return None
        self._known.move_to_end(before)
        for frame in known:
            if body.endswith(frame.behind):
                self._last = (before, frame) if len(known) == 1 else None
                return frame, memoryview(body)[start : len(body) - len(frame.behind)]
        return None

    def remember(self, body: bytes, envelope: Envelope, frame: Frame) -> None:
        """Remember the frame of a request; nothing is known yet of what is behind its rows."""
        start, value = _start(body), (envelope.variables or {})[frame.variable]
        before, behind = body[:start], body[start + len(value) :]
        alike = self._known.get(before, [])
        if not start or len(before) + len(behind) > LONGEST or len(alike) == MOST_ALIKE:
            return
        if not self._holds(before, behind, envelope, frame.variable):
            return
        self._last = None
        self._known[before] = [*alike, frame._replace(behind=behind)]
        self._bytes += len(behind) + (0 if alike else len(before))
        while self._bytes > MOST_BYTES:
            text, frames = self._known.popitem(last=False)
            self._bytes -= len(text) + sum(len(frame.behind) for frame in frames)

    def _holds(self, before: bytes, behind: bytes, envelope: Envelope, variable: str) -> bool:
        """Tell whether the value between these texts decides the variable, and nothing else: another is tried."""
        other = self._envelopes.read(before + b"null" + behind)
        given = dict(envelope.variables or {})
        given[variable] = msgspec.Raw(b"null")
        return other is not None and other == Envelope(
            envelope.query, given, envelope.operation_name, envelope.extensions
        )


def _start(body: bytes) -> int:
    """Return where the value of the first variable begins, 0 where that is not found."""
    place = body.find(_VARIABLES)
    found = _FIRST_VARIABLE.match(body, place) if place > 0 else None
    return found.end() if found else 0
