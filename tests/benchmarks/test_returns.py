"""Callers who are refused come again when they were told to, or at once."""

from __future__ import annotations

import asyncio

import pytest

from benchmarks.http.client import Request
from benchmarks.returns import Returned, returned
from tests.benchmarks.replies import answer, replying

ANSWERS = {
    "refused": answer("503 Service Unavailable", b'{"errors":[{"extensions":{"retryAfterMs":100}}]}'),
    "answered": answer("200 OK", b'{"data":1}'),
    "late": answer("200 OK", b'{"errors":[]}'),
    "wrong": answer("200 OK", b'{"data":2}'),
}


def became_of(kind: str, *, patient: bool) -> Returned:
    """Let four callers come to a server that answers all in one way, each time after 5 ms."""
    request = Request.post("/", b"{}", lambda body: body == b'{"data":1}')

    async def reply() -> bytes:
        await asyncio.sleep(0.005)
        return ANSWERS[kind]

    async def come() -> Returned:
        async with replying(request, reply) as address:
            return await returned(address, [request], 4, 0.5, patient=patient)

    return asyncio.run(come())


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_answer_is_counted_as_what_it_is(kind: str) -> None:
    counts = became_of(kind, patient=False)._asdict()
    assert counts.pop(kind) > 0
    assert set(counts.values()) == {0}


def test_patient_callers_wait_as_long_as_they_are_told() -> None:
    patient, impatient = (became_of("refused", patient=patient).refused for patient in (True, False))
    assert patient <= 4 / 0.1
    assert impatient > 2 * patient
