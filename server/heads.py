"""The heads of answers, as they are sent."""

from __future__ import annotations

from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from server.answer import Answer
from server.metrics.operations import Lane

Headers = list[tuple[bytes, bytes]]

CLOSE: Final = (b"connection", b"close")
"""The header that says that a connection ends with an answer."""


class Heads:
    """The heads of answers, each written once as long as uvicorn's own headers, such as the date, are the same."""

    def __init__(self) -> None:
        self._defaults: Headers | None = None
        self._written: dict[tuple[Any, ...], bytes] = {}
        self._last: tuple[Answer, bytes] | None = None
        self.closing = False
        """Whether all connections are to end with their answers."""

    def of(self, answer: Answer, defaults: Headers) -> bytes:
        """Return the head of an answer, up to its length. `defaults` are the headers that all answers have."""
        if defaults is not self._defaults:
            self._defaults, self.closing = defaults, CLOSE in defaults
            self._written.clear()
            self._last = None
        key = (answer.kind, answer.status, answer.lane is Lane.PLAN, answer.retry_after)  # enums are slow to look up
        known = self._written.get(key)
        if known is None:
            lines = [b"%b: %b\r\n" % header for header in (*defaults, *answer.headers())]
            known = self._written[key] = STATUS_LINE[answer.status] + b"".join(lines) + b"content-length: "
        return known

    def whole(self, answer: Answer, defaults: Headers) -> bytes:
        """Return all that is sent. It is remembered, for an answer that is given again."""
        last = self._last
        if last and last[0] is answer and defaults is self._defaults:
            return last[1]
        head = b"%b%d\r\n\r\n" % (self.of(answer, defaults), len(answer.body))
        self._last = answer, head + answer.body
        return self._last[1]
