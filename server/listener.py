"""The socket that the server listens on: taken before the models are loaded, closed without turning a caller away."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import errno
import selectors
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

_ATTACH_FILTER: Final = 26
"""SO_ATTACH_FILTER of Linux, for which Python has no name."""
_WITHOUT_NEW_CONNECTIONS: Final = b"".join(
    struct.pack("HBBI", code, met, unmet, operand)
    for code, met, unmet, operand in (
        (0x30, 0, 0, 13),  # load the byte with the flags of the TCP header
        (0x45, 0, 1, 0x02),  # has it the flag SYN?
        (0x06, 0, 0, 0),  # then drop the packet,
        (0x06, 0, 0, 0xFFFFFFFF),  # else take all of it
    )
)
"""Instructions of the classic packet filter, each a `struct sock_filter`."""
_LAST_HANDSHAKES_SECONDS: Final = 0.05
_MOST_ROUNDS: Final = 20


class CannotListen(Exception):
    """An address that cannot be listened on: which, why, and what to do."""

    def __init__(self, where: str, error: OSError) -> None:
        super().__init__(f"Cannot listen on {where}: {_why(error)}.")


@contextmanager
def taken(host: str, port: int) -> Iterator[socket.socket]:
    """Give a socket that has this address and does not listen yet. Raises CannotListen."""
    with ExitStack() as stack:
        try:
            family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            listener = stack.enter_context(socket.socket(family, kind, protocol))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(place)
        except OSError as error:
            raise CannotListen(f"{host}, port {port}", error) from error
        yield listener


async def accept_the_last(listener: socket.socket) -> None:
    """Let no new connection begin, and return when those that had begun are accepted by the event loop.

    The kernel resets connections that nobody has accepted when their listener is closed. So it first drops the packets
    that ask for a new one: the caller's kernel repeats them a second later, and is told then that nobody listens.
    Where the system has no packet filters, what is waiting is accepted all the same.
    """
    if sys.platform == "linux":
        instructions = ctypes.create_string_buffer(_WITHOUT_NEW_CONNECTIONS)
        program = struct.pack("HP", len(_WITHOUT_NEW_CONNECTIONS) // 8, ctypes.addressof(instructions))
        with contextlib.suppress(OSError):  # some sandboxes have none
            listener.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, program)
    for _ in range(_MOST_ROUNDS):
        await asyncio.sleep(_LAST_HANDSHAKES_SECONDS)
        if not has_arrived(listener.fileno()):
            return


def has_arrived(descriptor: int) -> bool:
    """Tell whether a socket has something that is not read or accepted yet."""
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        return bool(selector.select(0))


def _why(error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return "there is no such address; choose another with --host"
    return {
        errno.EADDRINUSE: "another process does; stop it, or choose another port with --port",
        errno.EACCES: "this user may not; choose a port above 1023 with --port",
        errno.EADDRNOTAVAIL: "this machine does not have that address; choose another with --host",
    }.get(error.errno or 0, error.strerror or str(error))
