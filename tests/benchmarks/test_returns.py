"""Callers who are refused come again when they were told to, or at once."""

from __future__ import annotations

import asyncio

import pytest

from benchmarks.http.client import Address, Request
from benchmarks.returns import Returned, returned

BODY = b'{"errors":[{"extensions":{"retryAfterMs":100}}]}'
ANSWERS = {
    "refused": b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY),
    "answered": b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"data":1}',
    "late": b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"errors":[]}',
    "wrong": b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"data":2}',
}


def became_of(answer: bytes, *, patient: bool) -> Returned:
    """Let four callers come to a server that answers all in one way, each time after 5 ms."""
    request = Request.post("/", b"{}", lambda body: body == b'{"data":1}')
    talking: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talking.add(task)
        try:
            while await reader.readexactly(len(request.wire)):
                await asyncio.sleep(0.005)
                writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def come() -> Returned:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        async with server:
            found = await returned(Address(server.sockets[0].getsockname()[1]), [request], 4, 0.5, patient=patient)
            for task in talking:
                task.cancel()
            await asyncio.gather(*talking, return_exceptions=True)
            await asyncio.sleep(0)
        return found

    return asyncio.run(come())


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_answer_is_counted_as_what_it_is(kind: str) -> None:
    counts = became_of(ANSWERS[kind], patient=False)._asdict()
    assert counts.pop(kind) > 0
    assert set(counts.values()) == {0}


def test_patient_callers_wait_as_long_as_they_are_told() -> None:
    patient, impatient = (became_of(ANSWERS["refused"], patient=patient).refused for patient in (True, False))
    assert patient <= 4 / 0.1
    assert impatient > 2 * patient
