"""An HTTP connection: as uvicorn speaks it, but an operation that is posted goes straight to the door of GraphQL.

What ASGI needs for a request (a scope, messages to and fro, headers checked one by one) costs more than a small model's
prediction. So a request that is as nearly all are is handed to the door whole, and its answer is written in one piece.
Whatever is unusual takes uvicorn's own way through the application; what is answered is the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.answer import NOBODY_THERE, Answer
from server.heads import Heads
from server.metrics.traffic import Traffic
from server.operations import Cancellable, Done

_END = b"\r\n\r\n"
_JOINED_BYTES = 65536
"""A body up to this size is copied behind its head; two writes cost more."""
_MOST_HEADS = 512
_LONGEST_HEAD = 4096
"""So many heads of requests are remembered, and of how many bytes at most."""


class PostDoor(Protocol):
    """What answers operations that are posted."""

    @property
    def max_body_bytes(self) -> int:
        """How long a body may be."""

    def refused_again(self, headers: Mapping[bytes, bytes], body: bytes) -> Answer | None:
        """Refuse and count a request that is like the last one that was refused; None where it is to `begin`."""

    def begin(self, headers: Mapping[bytes, bytes], body: bytes, done: Done) -> Cancellable | None:
        """Answer a request. Raises nothing.

        `done` is given the answer, now or later, unless what is returned is cancelled before. Nothing is returned where
        it has the answer.
        """


class Request(NamedTuple):
    """What the head of a request says."""

    headers: Mapping[bytes, bytes]
    length: int
    """Of its body, in bytes."""


class Shortcut:
    """Which requests go straight to the door. One for all connections of a server."""

    def __init__(self, path: str, door: PostDoor, traffic: Traffic, *, with_origin: bool) -> None:
        """`traffic` counts what passes.

        `with_origin` says whether requests of web pages may go there, too: not where CORS has to be looked after.
        """
        self._url = path.encode()
        self.door = door
        self.traffic = traffic
        self._with_origin = with_origin
        self.heads = Heads()
        self._requests: dict[bytes, Request] = {}

    def asked(self, connection: HttpToolsProtocol) -> Request | None:
        """Return the request whose headers are complete, None where it is not one for the door."""
        if connection.url != self._url:
            return None
        parser, headers = connection.parser, dict(connection.headers)
        length = int(headers.get(b"content-length", self.door.max_body_bytes + 1))
        fits = (
            parser.get_method() == b"POST"
            and length <= self.door.max_body_bytes
            and (self._with_origin or b"origin" not in headers)
            and not connection.expect_100_continue
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
            and not parser.should_upgrade()
        )
        return Request(headers, length) if fits else None

    def known(self, data: bytes) -> tuple[Request, int] | None:
        """Return the request that is the whole of some bytes, and where its body begins, if its head came before.

        Clients repeat their heads, and what was parsed once means the same again.
        """
        end = data.find(_END) + len(_END)
        request = self._requests.get(data[:end])
        return (request, end) if request and len(data) == end + request.length else None

    def remember(self, data: bytes, request: Request) -> None:
        """Remember the head of a request that is the whole of some bytes."""
        end = len(data) - request.length
        if end <= _LONGEST_HEAD and data.find(_END) + len(_END) == end:
            if len(self._requests) == _MOST_HEADS:
                self._requests.clear()
            self._requests[data[:end]] = request


class _Turn:
    """A request of the door, as uvicorn and draining look at it: one object for all such requests of a connection."""

    def __init__(self) -> None:
        self.response_complete = True
        self.response_started = False
        self.disconnected = False
        self.keep_alive = True
        self.message_event = asyncio.Event()


class Connection(HttpToolsProtocol):
    """One connection."""

    def __init__(self, shortcut: Shortcut, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._shortcut = shortcut
        self._request: Request | None = None
        """The one that is coming, where it takes the short way."""
        self._chunks: list[bytes] = []
        self._is_between = True
        """No request is coming."""
        self._ended = 0
        """How many requests ended with the bytes that came last."""
        self._turn = _Turn()
        self._work: Cancellable | None = None
        """What answers the request that takes the short way."""
        self._length = 0
        """Of its body, in bytes."""
        self._idle_since: float | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing of a request came since the last answer, or ever."""
        return self._idle_since is not None or not self.was_asked

    @property
    def was_asked(self) -> bool:
        """Whether a request ever came."""
        cycle: object | None = self.cycle  # which uvicorn declares otherwise
        return cycle is not None

    def connection_lost(self, exc: Exception | None) -> None:
        """Compute nothing for nobody."""
        if self._work is not None:
            self._work.cancel()
            self._shortcut.traffic.ends(NOBODY_THERE)
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what comes."""
        is_first = self._is_between
        if is_first and self._may_be_short:
            known = self._shortcut.known(data)
            if known:
                request, start = known
                body = data[start:]
                self._unset_keepalive_if_required()
                if not self._is_refused_again(request, body):
                    self._hand_over(request, body)
                return
        self._ended = 0
        super().data_received(data)
        if is_first and self._ended == 1 and self._is_between and self._request:
            self._shortcut.remember(data, self._request)

    @property
    def _may_be_short(self) -> bool:
        """Whether the next request may take the short way: all before it are answered, and the client reads answers."""
        return not self.flow.write_paused and (not self.was_asked or self.cycle.response_complete)

    def on_message_begin(self) -> None:
        """Begin a request; its scope is made where it is needed."""
        self._is_between = False
        self.url = b""
        self.headers = []
        self.expect_100_continue = False

    def on_headers_complete(self) -> None:
        """Choose the request's way."""
        self._request = self._shortcut.asked(self) if self._may_be_short else None
        if not self._request:
            url, headers, expects = self.url, self.headers, self.expect_100_continue
            super().on_message_begin()
            self.url, self.expect_100_continue = url, expects
            self.headers = self.scope["headers"] = headers
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body."""
        if self._request:
            self._chunks.append(body)
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Hand the request over."""
        self._is_between = True
        self._ended += 1
        if not self._request:
            super().on_message_complete()
            return
        body = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks = []
        self._hand_over(self._request, body)

    def _is_refused_again(self, request: Request, body: bytes) -> bool:
        """Give the last refusal again where this is to be refused in the same words: under overload, nearly all is."""
        shortcut = self._shortcut
        answer = shortcut.door.refused_again(request.headers, body)
        if answer is None:
            return False
        self.cycle = self._turn  # type: ignore[assignment]  # as below
        self.transport.write(shortcut.heads.whole(answer, self.server_state.default_headers))
        self._end()
        return True

    def _hand_over(self, request: Request, body: bytes) -> None:
        self.cycle = self._turn  # type: ignore[assignment]  # it has all that is asked of it
        self._turn.response_complete = False
        self._length = len(body)
        self._shortcut.traffic.begins()
        self._work = self._shortcut.door.begin(request.headers, body, self._answer)

    def _answer(self, answer: Answer) -> None:
        self._work = None
        shortcut, body = self._shortcut, answer.body
        head = b"%b%d\r\n\r\n" % (shortcut.heads.of(answer, self.server_state.default_headers), len(body))
        if len(body) <= _JOINED_BYTES:
            self.transport.write(head + body)
        else:
            self.transport.write(head)
            self.transport.write(body)
        shortcut.traffic.ends(answer.status)
        shortcut.traffic.passes(self._length, len(body))
        self._turn.response_complete = True
        self._end()

    def _end(self) -> None:
        if self._shortcut.heads.closing:
            self.transport.close()
        self.on_response_complete()

    def on_response_complete(self) -> None:
        """Go on with the next request where a client did not wait for the answer."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
            return
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._watch_idleness(self.timeout_keep_alive)

    def _unset_keepalive_if_required(self) -> None:
        # The timer is left alone: setting one for each answer would cost more than looking at the clock.
        self._idle_since = None

    def _watch_idleness(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def timeout_keep_alive_handler(self) -> None:
        """End a connection that nothing came on for a while."""
        self.timeout_keep_alive_task = None
        if self.transport.is_closing():
            return
        idle = 0.0 if self._idle_since is None else self.loop.time() - self._idle_since
        if idle >= self.timeout_keep_alive:
            self.transport.close()
        else:
            self._watch_idleness(self.timeout_keep_alive - idle)
