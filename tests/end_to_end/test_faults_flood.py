"""More callers of a quick model than can be answered: some are refused, and all the time others are answered."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from pathlib import Path
from typing import cast

import uvloop

from tests.end_to_end.callers import many_files
from tests.end_to_end.command import serving

CALLERS = 4000
"""More than an event loop reads at once."""
SECONDS = 3.0
SLICES = 6
HEAD = b"POST /graphql HTTP/1.1\r\nhost: here\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
QUERY = """query($flower: IrisInput!) { iris(input: $flower) { rawLabel } }"""
FLOWERS = {
    "setosa": {"sepalLengthCm": 5.1, "sepalWidthCm": 3.5, "petalLengthCm": 1.4, "petalWidthCm": 0.2},
    "virginica": {"sepalLengthCm": 7.7, "sepalWidthCm": 2.6, "petalLengthCm": 6.9, "petalWidthCm": 2.3},
}


def _wire(flower: dict[str, float]) -> bytes:
    body = json.dumps({"query": QUERY, "variables": {"flower": flower}}).encode()
    return HEAD % len(body) + body


class Restless(asyncio.Protocol):
    """A caller who asks again as soon as there is an answer, until it is told to stop."""

    def __init__(self, label: str, seen: list[tuple[float, str]]) -> None:
        self._label, self._wire = label, _wire(FLOWERS[label])
        self._seen = seen
        self._answer = b""
        self.stopping = False
        self.stopped = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        self.transport = cast("asyncio.Transport", transport)

    def begin(self) -> None:
        """Ask for the first time."""
        self.transport.write(self._wire)

    def data_received(self, data: bytes) -> None:
        """Note what the answer says, and ask again."""
        self._answer += data
        head, end, body = self._answer.partition(b"\r\n\r\n")
        if not end or len(body) < int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]):
            return
        self._answer = b""
        self._seen.append((time.monotonic(), self._kind(int(head[9:12]), json.loads(body))))
        if self.stopping:
            self.stopped.set_result(None)
        else:
            self.transport.write(self._wire)

    def _kind(self, status: int, answer: dict[str, dict[str, object]]) -> str:
        if status == 200 and answer == {"data": {"iris": {"rawLabel": self._label}}}:
            return "right"
        codes = [error["extensions"]["code"] for error in answer.get("errors", [])]  # type: ignore[index]
        return codes[0] if status in {200, 503} and len(codes) == 1 else f"{status} {answer}"


async def flood(host: str, port: int) -> list[Counter[str]]:
    """Return which answers there were, in each part of the time; all callers have had their last one."""
    seen: list[tuple[float, str]] = []
    loop = asyncio.get_running_loop()
    labels = list(FLOWERS) * (CALLERS // len(FLOWERS))
    callers = [(await loop.create_connection(lambda: Restless(label, seen), host, port))[1] for label in labels]  # noqa: B023  # called at once
    for caller in callers:  # all at once: who connects to a server that others flood waits for long
        caller.begin()
    await asyncio.sleep(0.5)
    begin = time.monotonic()
    await asyncio.sleep(SECONDS)
    for caller in callers:
        caller.stopping = True
    async with asyncio.timeout(30):
        await asyncio.gather(*(caller.stopped for caller in callers))
    for caller in callers:
        caller.transport.close()
    slices = [Counter[str]() for _ in range(SLICES)]
    for when, kind in seen:
        place = int((when - begin) / SECONDS * SLICES)
        if 0 <= place < SLICES:
            slices[place][kind] += 1
    return slices


def test_of_more_callers_than_can_be_answered_some_are_all_the_time_and_none_is_answered_wrongly(
    demo_models: Path,
) -> None:
    quick = ("--deadline-ms", "100", "--engine", "native")
    with many_files(CALLERS), serving(demo_models / "iris", *quick) as server:
        host, _, port = server.address.partition(":")
        slices = uvloop.run(flood(host, int(port)))
    total = sum(slices, Counter[str]())
    assert set(total) <= {"right", "OVERLOADED", "DEADLINE_EXCEEDED"}
    assert total["OVERLOADED"] > 0, "the server could answer all"
    assert min(part["right"] for part in slices) > 0, slices
