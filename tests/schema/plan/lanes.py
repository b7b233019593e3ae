"""Both lanes of one schema, in one process, through the door."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from inference.info import Limits
from inference.loader import load_models
from inference.service import InferenceService
from inference.statistics.cells import ProcessCells
from resolvers.context import Context
from schema.build import PredictSchema, build_schema
from schema.plan.limits import OperationLimits
from server.answer import LANE_HEADER
from server.graphql import PATH, GraphQLDoor
from server.metrics.operations import OperationStatistics
from server.metrics.traffic import Traffic
from server.operations import Operations

if TYPE_CHECKING:
    from starlette.types import Message

_MORE_TRIES = 3
ACCEPTS = (b"application/json", b"*/*", b"application/graphql-response+json")


@dataclass(frozen=True)
class Answer:
    """What came out of the door."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes

    @property
    def lane(self) -> str:
        """Which lane answered."""
        return self.headers[LANE_HEADER].decode()

    def differs(self, other: Answer) -> bool:
        """Tell whether another answer says something else, or in another way. The lanes may differ."""
        besides = (LANE_HEADER, b"content-length")
        ours, theirs = (
            {name: value for name, value in one.headers.items() if name not in besides} for one in (self, other)
        )
        if (self.status, ours) != (other.status, theirs):
            return True
        return self.body != other.body and _told(self.body) != _told(other.body)


def _told(body: bytes) -> list[bytes]:
    """Write an answer anew, but with its errors in an order of their own: that of different fields is no promise.

    It is not compared as values: -0.0 and 0.0 are equal, and differ.
    """
    answers = orjson.loads(body)
    return [
        orjson.dumps(answer.get("data", "none")) + b"".join(sorted(map(orjson.dumps, answer.get("errors", ()))))
        for answer in (answers if isinstance(answers, list) else [answers])
    ]


@dataclass(frozen=True)
class Lanes:
    """A schema's door, and one that answers all by the reference lane."""

    service: InferenceService
    schema: PredictSchema
    both: GraphQLDoor
    reference: GraphQLDoor

    async def difference(self, body: bytes, accept: bytes = ACCEPTS[0]) -> tuple[str, str | None]:
        """Return which lane answers a request, and how the reference lane's answer differs.

        What differs is asked for again: the last bit of a model's answer may depend on which rows share its call, which
        is a matter of moments where an operation has several fields of one model.
        """
        ours, theirs = await self._answers(body, accept)
        tries = 0
        while (differs := ours.differs(theirs)) and tries < _MORE_TRIES:
            ours, theirs = await self._answers(body, accept)
            tries += 1
        return ours.lane, f"{body!r}\n{ours}\n{theirs}" if differs else None

    async def _answers(self, body: bytes, accept: bytes) -> tuple[Answer, Answer]:
        ours, theirs = await post(self.both, body, accept), await post(self.reference, body, accept)
        assert theirs.lane == "reference"
        return ours, theirs


def lanes_of(folder: Path) -> Lanes:
    """Serve a folder of models by both lanes."""
    return lanes_over(InferenceService(load_models(folder, Limits(1000, 30), keep_going=False), threads=1))


def lanes_over(service: InferenceService, limits: OperationLimits | None = None) -> Lanes:
    """Open both doors of a service."""
    schema = build_schema(service.models(), limits=limits)
    context = Context(service, dt.datetime.now(dt.UTC))
    cells = ProcessCells()
    both, reference = (
        GraphQLDoor(
            Operations(schema, plans, context, OperationStatistics(cells)),
            page=None,
            max_body_bytes=2**20,
            traffic=Traffic(cells),
        )
        for plans in (schema.plans, None)
    )
    return Lanes(service, schema, both, reference)


def answer(lanes: Lanes, body: bytes, accept: bytes = ACCEPTS[0]) -> tuple[str, Any]:
    """Return the lane and the answer, after comparing it with the reference lane's."""
    lane, difference = asyncio.run(lanes.difference(body, accept))
    assert difference is None
    return lane, orjson.loads(asyncio.run(ask(lanes.both, body, accept)).body)


async def post(door: GraphQLDoor, body: bytes, accept: bytes) -> Answer:
    """Give the door a body that is there as a whole, as the HTTP server does."""
    future = asyncio.get_running_loop().create_future()
    door.begin({b"content-type": b"application/json", b"accept": accept}, body, future.set_result)
    answer = await future
    return Answer(int(answer.status), dict(answer.headers()), answer.body)


async def ask(door: GraphQLDoor, body: bytes, accept: bytes = ACCEPTS[0]) -> Answer:
    """Post a body."""
    sent: list[Message] = []
    coming: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if coming:
            return coming.pop()
        await asyncio.Event().wait()  # the client stays
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"accept", accept)]
    scope = {"type": "http", "method": "POST", "path": PATH, "query_string": b"", "headers": headers}
    await door(scope, receive, send)
    start, content = sent
    return Answer(start["status"], dict(start["headers"]), content["body"])
