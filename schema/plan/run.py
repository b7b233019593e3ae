"""A variant and a request's rows become an answer: the models are asked, all at once, and the text is put together."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLError, located_error

from inference.errors import InvalidRows, kept
from inference.predictions import Predictions
from inference.submitted import Submitted, Told
from resolvers.context import Context, Outcome
from resolvers.predict import Rows, predict_all, predict_some, request_of
from schema.describe import Describer
from schema.errors import FieldNames, dressed
from schema.plan.metadata import Part
from schema.plan.selected import columns_of
from schema.plan.variant import ERRORS, Count, Predictive, RowErrors, Variant, Whole
from schema.plan.write import Columns, NotExact, Template

_NULL = b"null"
"""The text of a field at the root that has an error."""


class Unwritten(NotExact):
    """An answer that a plan does not write as the reference lane does, though the models were asked."""

    def __init__(self, outcomes: Mapping[str, Outcome]) -> None:
        super().__init__()
        self.outcomes = outcomes
        """What came of it, by response key."""


@dataclass(frozen=True, slots=True)
class Written:
    """An answer."""

    body: bytes
    errors: list[GraphQLError]
    fields: Mapping[str, Any]
    """Where there are errors: the fields at the root, None where one is null."""
    planned: bool = True
    """Whether it was not the reference lane that wrote it."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Answers requests to one schema."""

    describer: Describer
    names: FieldNames

    async def answer(self, variant: Variant, rows: Mapping[str, Rows], context: Context) -> Written:
        """Answer a request. Raises NotExact where the reference lane is to answer, Unwritten if models were asked."""
        texts = await _metadata(variant.metadata, context) if variant.metadata else {}
        asked = [_outcome(field, rows, context) for field in variant.asked.values()]
        found = [await asked[0]] if len(asked) == 1 else await asyncio.gather(*asked)
        outcomes = dict(zip(variant.asked, found, strict=True))
        try:
            described = await self._described(variant, outcomes, context)
        except NotExact:
            raise _unwritten(outcomes) from None
        return self._written(variant, outcomes, texts, described)

    def submit(self, variant: Variant, rows: Mapping[str, Rows], context: Context, told: Told) -> Submitted | None:
        """Ask the model without a task; None where `answer` is to be awaited. Raises what InferenceService.submit does.

        What is told becomes an answer by `told`.
        """
        if variant.whole is None:
            return None
        (field,) = variant.asked.values()
        return context.service.submit(request_of(field.model, field.version, _rows_of(field, rows), field.wanted), told)

    def told(self, variant: Variant, outcome: Outcome) -> Written:
        """Write an answer, given what was told of the rows that were submitted. Raises Unwritten."""
        ((key, field),) = variant.asked.items()
        if isinstance(outcome, Predictions) and outcome.errors and not field.in_part:
            outcome = InvalidRows(outcome.errors, outcome.count)
        return self._written(variant, {key: outcome}, {}, {})

    def _written(
        self,
        variant: Variant,
        outcomes: Mapping[str, Outcome],
        texts: Mapping[str, bytes],
        described: Mapping[Part, bytes],
    ) -> Written:
        """Write an answer; `texts` are those of fields that do not predict. Raises Unwritten."""
        try:
            if variant.whole:
                (only,) = outcomes.values()
                if isinstance(only, Predictions) and not only.errors:
                    return Written(_whole(variant, variant.whole, only), [], {})
            own = {key: _text(variant.asked[key], outcome, described) for key, outcome in outcomes.items()}
        except NotExact:
            raise _unwritten(outcomes) from None
        data = b'"data":' + _data(variant, {**texts, **own}) + b"}"
        errors = {key: one for key, one in outcomes.items() if isinstance(one, Exception)}
        if not errors:
            return Written(b"{" + data, [], {})
        shown = [
            dressed(located_error(error, variant.asked[key].nodes, [key]), self.names, before_execution=False)
            for key, error in errors.items()
        ]
        fields = {key: None if key in errors else key for key in variant.fields}
        return Written(b'{"errors":' + orjson.dumps([one.formatted for one in shown]) + b"," + data, shown, fields)

    async def _described(
        self, variant: Variant, outcomes: Mapping[str, Outcome], context: Context
    ) -> Mapping[Part, bytes]:
        """Describe the versions that answered, where that is asked for. Raises NotExact."""
        described: dict[Part, bytes] = {}
        for key, field in variant.asked.items():
            outcome = outcomes[key]
            if isinstance(outcome, Exception):
                continue
            for part in field.parts:
                result = await part.executed(context, self.describer.model(outcome.model))
                if result.errors:
                    raise NotExact
                described[part] = orjson.dumps(result.data)
        return described


def _unwritten(outcomes: Mapping[str, Outcome]) -> Unwritten:
    return Unwritten({key: one.in_lists() if isinstance(one, Predictions) else one for key, one in outcomes.items()})


def _text(field: Predictive, outcome: Outcome, described: Mapping[Part, bytes]) -> bytes:
    """Write what came of a field. Raises NotExact."""
    if isinstance(outcome, Exception):
        return _NULL
    names = field.field.types.input.names
    if isinstance(field.body, Template):
        return field.body.joined(columns_of(outcome, range(1), names), 1)
    members = [
        opening + (described[part] if isinstance(part, Part) else _batch_field(part, outcome, names))
        for opening, part in field.body.items()
    ]
    return b"{" + b",".join(members) + b"}"


async def _outcome(field: Predictive, rows: Mapping[str, Rows], context: Context) -> Outcome:
    """Return what comes of a field: its predictions, or what was raised."""
    predict = predict_some if field.in_part else predict_all
    try:
        return await predict(context, field.model, field.version, _rows_of(field, rows), field.wanted)
    except Exception as error:  # noqa: BLE001  # whatever it is, the client is told what it may know
        return kept(error)


def _rows_of(field: Predictive, rows: Mapping[str, Rows]) -> Rows:
    return field.rows if isinstance(field.rows, Rows) else rows[field.rows]


def _whole(variant: Variant, whole: Whole, predictions: Predictions) -> bytes:
    """Write an answer of nothing but predictions, of which none has an error."""
    columns: Columns = predictions.columns  # type: ignore[assignment]  # by what a template asks for, and nothing else
    if predictions.warnings is not None:
        (field,) = variant.asked.values()
        columns = columns_of(predictions, range(predictions.count), field.field.types.input.names)
    return whole.template.joined(columns, predictions.count, whole.before, whole.after)


async def _metadata(part: Part, context: Context) -> dict[str, bytes]:
    """Return the texts of the fields that are no predictions. Raises NotExact where one has an error."""
    result = await part.executed(context)
    if result.errors or result.data is None:
        raise NotExact
    return {key: orjson.dumps(value) for key, value in result.data.items()}


def _batch_field(
    part: bytes | Template | RowErrors | Count, predictions: Predictions, names: Mapping[str, str]
) -> bytes:
    match part:
        case bytes():
            return part
        case Count():
            return b"%d" % predictions.count
        case Template():
            return b"[" + _rows(part, predictions, names) + b"]"
        case RowErrors(template):
            return template.joined(_row_errors(predictions, names), 1)


def _rows(template: Template, predictions: Predictions, names: Mapping[str, str]) -> bytes:
    """Write the rows of a batch, null where one has an error."""
    if not predictions.errors:
        return template.joined(columns_of(predictions, range(predictions.count), names), predictions.count)
    failed = predictions.failed_rows
    good = [row for row in range(predictions.count) if row not in failed]
    written = [b"null"] * predictions.count
    for row, text in zip(good, template.rows(columns_of(predictions, good, names), len(good)), strict=True):
        written[row] = text
    return b",".join(written)


def _row_errors(predictions: Predictions, names: Mapping[str, str]) -> dict[Any, Any]:
    """Return the errors of a batch as the one value of a column."""
    return {
        ERRORS: [
            [
                (error.index, names[error.field] if error.field else None, error.code.name, error.message)
                for error in predictions.errors
            ]
        ]
    }


def _data(variant: Variant, texts: Mapping[str, bytes]) -> bytes:
    members = [
        variant.openings[key] + (field if isinstance(field, bytes) else texts[key])
        for key, field in variant.fields.items()
    ]
    return b"{" + b",".join(members) + b"}"
