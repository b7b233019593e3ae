"""Operations that are posted, from the bytes of a body to what is sent: by a plan, else by the reference lane.

What nearly all ask for, predictions of one model, is answered without a task: the rows are submitted, and what is told
of them is written as soon as it is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import orjson

from inference.awaited import awaited
from inference.errors import kept
from inference.statistics.tally import Tally
from resolvers.context import Context, Outcome
from schema.asked import Asked
from schema.build import PredictSchema
from schema.plan.plans import Plans, Prepared
from schema.plan.refuse import Refused
from schema.plan.run import Unwritten, Written
from server.answer import Answer, dressed, excuse, executed, is_refused, outcome_of, refusal, together
from server.body import Operation, RequestRefused, decoded_body, operation_of, operations_of
from server.metrics.operations import Lane, OperationStatistics
from server.metrics.operations import Outcome as Became

Done = Callable[[Answer], None]
"""Is given the answer to a request."""


class Cancellable(Protocol):
    """Something that goes on."""

    def cancel(self) -> object:
        """Let it not go on."""


class _Known(NamedTuple):
    """The answer to a request that was refused."""

    refused: Refused
    answer: Answer
    became: Became
    tally: Tally


@dataclass(slots=True, eq=False)
class Operations:
    """Answers operations, and counts them. To be used from one event loop only."""

    schema: PredictSchema
    plans: Plans | None
    """None where all is answered by the reference lane."""
    context: Context
    statistics: OperationStatistics
    _last_refused: _Known | None = None

    def begin(self, body: bytes, kind: str, done: Done) -> Cancellable | None:
        """Answer a body for who accepts this media type. Raises nothing.

        `done` is given the answer, now or in another turn of the event loop, unless what is returned is cancelled
        before. Nothing is returned where it has the answer.
        """
        since, service = self.statistics.clock(), self.context.service
        try:
            refused = self.plans.refused(body, service) if self.plans and service.is_refusing else None
            prepared = self.plans.prepared(body) if self.plans and not refused else None
        except Exception as error:  # noqa: BLE001  # whatever it is, the client hears of it, and no more than it may
            give(excuse(error), kind, done)
            return None
        if refused:
            done(self._refused(refused, kind, since))
            return None
        if self.plans and prepared:
            planned = _Planned(self, self.plans, prepared, since, kind, done)
            return planned if planned.begin() else None
        return _in_a_task(self._answer(body, kind), kind, done)

    def refused_again(self, body: bytes, kind: str) -> Answer | None:
        """Refuse a request like the last one that was refused, and count it; None where it is to `begin`."""
        known = self._last_refused
        if known is None or known.answer.kind != kind or not known.refused.again(body, self.statistics.clock()):
            return None
        known.tally.one(1)
        return known.answer

    def _refused(self, refused: Refused, kind: str, since: float) -> Answer:
        """Count a request that was refused before its rows were read."""
        known = self._last_refused
        if known is None or known.refused is not refused or known.answer.kind != kind:
            known = self._last_refused = self._known(refused, kind)
        self.statistics.answered(refused.asked, known.became, since, Lane.PLAN)
        return known.answer

    def _known(self, refused: Refused, kind: str) -> _Known:
        written = refused.written
        answer = executed(written.body, written.fields, written.errors, Lane.PLAN)
        answer.kind = kind
        became = outcome_of(written.fields, written.errors)
        tally = Tally(lambda times, _: self.statistics.refused(refused.asked, became, times))
        return _Known(refused, answer, became, tally)

    async def answer(self, body: bytes, kind: str) -> Answer:
        """Answer a body for who accepts this media type. Raises nothing."""

        def begin(done: Callable[[Answer | Exception], None]) -> Callable[[], object]:
            begun = self.begin(body, kind, done)
            return begun.cancel if begun else lambda: None

        return await awaited(begin)

    async def _answer(self, body: bytes, kind: str) -> Answer:
        """Answer a body that no plan can. Raises RequestRefused."""
        members = decoded_body(body)
        if not isinstance(members, list):
            return await self.executed(operation_of(members), kind)
        return together(await asyncio.gather(*(self._answer_to_one(one, kind) for one in operations_of(members))))

    async def _answer_to_one(self, members: Any, kind: str) -> Answer:
        """Answer one of several operations, which may be wrong without harm to the others."""
        try:
            operation_of(members)
        except RequestRefused as refused:
            return refusal(refused)
        return await self.answer(orjson.dumps(members), kind)

    async def executed(self, operation: Operation, kind: str) -> Answer:
        """Answer an operation by the reference lane."""
        since = self.statistics.clock()
        result = await self.schema.execute(
            operation.query,
            variable_values=operation.variables,
            context_value=self.context,
            operation_name=operation.operation_name,
        )
        asked = self.schema.asked(operation.query, operation.operation_name)
        became = Became.REFUSED if is_refused(result) else outcome_of(result.data, result.errors)
        self.statistics.answered(asked, became, since)
        return dressed(result, kind)

    def counted(self, asked: Asked, written: Written, since: float) -> Answer:
        """Count an answer that was written to a request that came at `since`, and dress it."""
        lane = Lane.PLAN if written.planned else Lane.REFERENCE
        self.statistics.answered(asked, outcome_of(written.fields, written.errors), since, lane)
        return executed(written.body, written.fields, written.errors, lane)


@dataclass(slots=True, eq=False)
class _Planned:
    """A request that has a plan, until it is answered."""

    operations: Operations
    plans: Plans
    prepared: Prepared
    since: float
    kind: str
    done: Done
    work: Cancellable | None = None

    def begin(self) -> bool:
        """Ask the model. Return whether the answer is still to come."""
        try:
            self.work = self.plans.submit(self.prepared, self.operations.context, self.told)
        except Exception as error:  # noqa: BLE001  # as above
            self.told(kept(error))
        else:
            if self.work is None:
                self._go_on(self.plans.answer(self.prepared, self.operations.context))
            else:
                self.prepared.rows = {}  # the queue has what it needs of them
        return self.work is not None

    def told(self, outcome: Outcome) -> None:
        """Answer with what came of the rows."""
        self.work = None  # which refers to this one
        try:
            written = self.plans.told(self.prepared, outcome)
        except Unwritten as unwritten:
            self._go_on(self.plans.execute(self.prepared, self.operations.context, unwritten.outcomes))
        except Exception as error:  # noqa: BLE001  # as above
            give(excuse(error), self.kind, self.done)
        else:
            give(self.operations.counted(self.prepared.asked, written, self.since), self.kind, self.done)

    def cancel(self) -> None:
        """Compute nothing for nobody."""
        if self.work:
            self.work.cancel()

    def _go_on(self, writing: Coroutine[Any, Any, Written]) -> None:
        self.work = _in_a_task(self._counted(writing), self.kind, self.done)

    async def _counted(self, writing: Coroutine[Any, Any, Written]) -> Answer:
        return self.operations.counted(self.prepared.asked, await writing, self.since)


def _in_a_task(answering: Coroutine[Any, Any, Answer], kind: str, done: Done) -> Cancellable:
    """Let a task find an answer."""

    async def answer() -> None:
        try:
            answer = await answering
        except Exception as error:  # noqa: BLE001  # as above
            answer = excuse(error)
        give(answer, kind, done)

    return asyncio.get_running_loop().create_task(answer())


def give(answer: Answer, kind: str, done: Done) -> None:
    """Hand an answer over, of the media type that is accepted."""
    answer.kind = kind
    done(answer)
