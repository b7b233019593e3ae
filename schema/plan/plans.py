"""The plan lane of a schema: from a request's bytes to the bytes of its answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
)
from strawberry.types.execution import ExecutionResult

from inference.card import FeatureType
from inference.service import InferenceService
from inference.submitted import Submitted, Told
from resolvers.context import Context, Outcome
from resolvers.predict import Rows
from schema.asked import Asked
from schema.plan.compile import Compiler
from schema.plan.find import LONGEST, Checked, Documents
from schema.plan.frames import Frame, Frames
from schema.plan.limits import OperationLimits
from schema.plan.mixed import MixedRows
from schema.plan.plan import Plan, Variants
from schema.plan.read import Envelope, EnvelopeReader, RowReader
from schema.plan.refuse import Refusals, Refused
from schema.plan.run import Runner, Unwritten, Written
from schema.plan.variant import ModelField, Variant
from schema.plan.write import NotExact
from schema.types import ModelTypes

Execute = Callable[[Envelope, Context], Awaitable[ExecutionResult]]
"""The reference lane: executes a request."""
_NUMBERS = {FeatureType.FLOAT, FeatureType.INTEGER, FeatureType.BOOLEAN, FeatureType.VECTOR}
"""Features of these types are never strings."""


@dataclass(slots=True)  # to freeze it would double what it costs to make one, for each request
class Prepared:
    """A request that was read, and has a plan."""

    asked: Asked
    """What to count it for."""
    variant: Variant
    rows: Mapping[str, Rows]
    """By what the variant finds them."""
    body: bytes


def _written(result: ExecutionResult) -> Written:
    """Write an answer of the reference lane."""
    errors = list(result.errors or ())
    body = {"errors": [error.formatted for error in errors]} if errors else {}
    return Written(orjson.dumps({**body, "data": result.data}), errors, result.data or {}, planned=False)


class Plans:
    """Reads and answers requests that have a plan."""

    def __init__(
        self,
        schema: GraphQLSchema,
        models: Iterable[ModelTypes],
        runner: Runner,
        execute: Execute,
        limits: OperationLimits,
    ) -> None:
        models = list(models)
        self._readers = {reader.name: reader for reader in (_row_reader(types, schema) for types in models)}
        self._compiler = Compiler(schema, _model_fields(models, schema))
        self._variants = Variants()
        self._runner = runner
        self._execute = execute
        self._envelopes = EnvelopeReader()
        self._frames = Frames(self._envelopes)
        self._refusals = Refusals()
        fields = {field: types.info.name for types in models for field in (types.field, types.batch_field)}
        self.documents = Documents(schema, fields, self._plan, limits)

    def _plan(self, document: DocumentNode, operation: OperationDefinitionNode) -> Plan | None:
        try:
            return Plan(document, operation, self._compiler, self._readers, self._variants)
        except NotExact:
            return None

    def prepared(self, body: bytes) -> Prepared | None:
        """Read a request; None where the reference lane is to read and answer it."""
        framed = self._frames.read(body)
        if framed:
            frame, read = framed
            return Prepared(frame.asked, frame.variant, {frame.variable: read}, body)
        return self._prepared(body)

    def _prepared(self, body: bytes) -> Prepared | None:
        read = self._read(body)
        if read is None:
            return None
        envelope, checked, plan = read
        given = envelope.variables or {}
        rows = plan.rows(given)
        variant = plan.variant(given) if rows is not None else None
        if variant is None or rows is None:
            return None
        if variant.mixed and not _fill(variant.mixed, rows):
            return None
        if plan.only_rows and not variant.mixed:
            self._frames.remember(body, envelope, Frame(b"", *plan.only_rows, checked.asked, variant))
        return Prepared(checked.asked, variant, rows, body)

    def refused(self, body: bytes, service: InferenceService) -> Refused | None:
        """Refuse a request before its rows are read; None for one that is to be read."""
        found = self._frames.found(body)
        if found:
            frame, rows = found
            refused = self._refusals.of(frame.asked, frame.variant, {frame.variable: rows}, service)
            if refused:
                refused.stands_around(rows, body, frame.behind)
            return refused
        read = self._read(body)
        if read is None:
            return None
        envelope, checked, plan = read
        given = envelope.variables or {}
        variant = plan.variant(given)
        return self._refusals.of(checked.asked, variant, given, service) if variant else None

    def _read(self, body: bytes) -> tuple[Envelope, Checked, Plan] | None:
        """Read a request up to its variables, and find its document's plan; None where there is none."""
        envelope = self._envelopes.read(body)
        if envelope is None or len(envelope.query) > LONGEST:  # not remembered: it would be parsed twice
            return None
        try:
            checked = self.documents.checked(envelope.query, envelope.operation_name or None)
        except GraphQLError:
            return None
        return (envelope, checked, checked.plan) if checked.plan else None

    def submit(self, prepared: Prepared, context: Context, told: Told) -> Submitted | None:
        """Ask the model without a task; None where `answer` is to be awaited. What is told becomes an answer by `told`.

        Raises what InferenceService.submit raises.
        """
        return self._runner.submit(prepared.variant, prepared.rows, context, told)

    def told(self, prepared: Prepared, outcome: Outcome) -> Written:
        """Write an answer, given what was told. Raises Unwritten where `execute` is to be awaited."""
        return self._runner.told(prepared.variant, outcome)

    async def answer(self, prepared: Prepared, context: Context) -> Written:
        """Answer a request; the reference lane does where the plan cannot write it, without asking a model again."""
        try:
            return await self._runner.answer(prepared.variant, prepared.rows, context)
        except Unwritten as unwritten:
            return await self.execute(prepared, context, unwritten.outcomes)
        except NotExact:
            return await self.execute(prepared, context, {})

    async def execute(self, prepared: Prepared, context: Context, outcomes: Mapping[str, Outcome]) -> Written:
        """Answer a request by the reference lane. `outcomes` is what models were asked already, by response key."""
        envelope = self._envelopes.read(prepared.body)
        if envelope is None:
            raise AssertionError("what was read once can be read again")
        return _written(await self._execute(envelope, replace(context, outcomes=outcomes)))


def _fill(mixed: Mapping[str, MixedRows], rows: dict[str, Any]) -> bool:
    """Add the rows that are put together of variables. Return whether all their values fit."""
    try:
        rows.update([(key, one.filled(rows)) for key, one in mixed.items()])
    except NotExact:
        return False
    return True


def _row_reader(types: ModelTypes, schema: GraphQLSchema) -> RowReader:
    core = schema.type_map[types.input.cls.__name__]
    if not isinstance(core, GraphQLInputObjectType):
        raise TypeError(f"{core} is no input type")
    features = [(feature.source, feature.type) for feature in types.serving.signature.features]
    return RowReader(types.input, features, core)


def _model_fields(models: Iterable[ModelTypes], schema: GraphQLSchema) -> dict[str, ModelField]:
    fields = schema.query_type.fields if schema.query_type else {}
    return {
        name: ModelField(types, many, fields[name], _is_numeric(types))
        for types in models
        for name, many in ((types.field, False), (types.batch_field, True))
    }


def _is_numeric(types: ModelTypes) -> bool:
    return all(feature.type in _NUMBERS for feature in types.serving.signature.features)
