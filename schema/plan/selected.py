"""What is selected of a prediction: the outputs that are wanted, and the template that their columns fill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from graphql import FieldNode, GraphQLObjectType, get_argument_values, get_named_type

from inference.outputs.output import ListOf, Output, OutputRequest
from inference.predictions import Predictions
from resolvers.predict import Wanted
from schema.plan.collect import Collector, Selected
from schema.plan.values import TYPE_NAME, WARNING, Tokens, Values, object_tokens
from schema.plan.write import Columns, NotExact
from schema.predictions import WARNINGS, PredictionType


class SelectedOutputs:
    """Gathers what several selections of one prediction want, while it makes their tokens."""

    def __init__(self, prediction: PredictionType, collector: Collector) -> None:
        self._prediction = prediction
        self._collector = collector
        self._values = Values(collector)
        self._requests: dict[OutputRequest, None] = {}
        self._warnings = False

    @property
    def wanted(self) -> Wanted:
        """All that was met so far."""
        return Wanted(tuple(self._requests), warnings=self._warnings, numbers=True)

    def tokens(self, nodes: Sequence[FieldNode], kind: GraphQLObjectType) -> Tokens:
        """Return the tokens of a prediction. Raises GraphQLError where an argument does not fit, and NotExact."""
        return self._object(self._collector.below(nodes), kind, self._prediction.outputs)

    def _object(self, fields: Selected, kind: GraphQLObjectType, outputs: Mapping[str, Output]) -> Tokens:
        return object_tokens({key: self._field(nodes, kind, outputs) for key, nodes in fields.items()})

    def _field(self, nodes: list[FieldNode], kind: GraphQLObjectType, outputs: Mapping[str, Output]) -> Tokens:
        name = nodes[0].name.value
        if name == TYPE_NAME:
            return [orjson.dumps(kind.name)]
        field = kind.fields[name]
        if name in outputs:
            given = get_argument_values(field, nodes[0], self._collector.variables)
            request = outputs[name].request(given)
            self._requests[request] = None
            return self._values.of(outputs[name].type, field.type, nodes, (request,))
        if name == WARNINGS:
            self._warnings = True
            return self._values.of(ListOf(WARNING), field.type, nodes, (WARNINGS,))
        target = get_named_type(field.type)
        if not isinstance(target, GraphQLObjectType):
            raise NotExact
        return self._object(self._collector.below(nodes), target, self._prediction.targets[name])


def columns_of(predictions: Predictions, rows: Sequence[int], names: Mapping[str, str]) -> Columns:
    """Return the columns that a template takes, of some rows. `names` are the features' GraphQL names."""
    columns: dict[Any, Sequence[Any]] = dict(predictions.columns)
    if predictions.warnings is not None:
        columns[WARNINGS] = [
            [(names[warning.field], warning.code.name, warning.message) for warning in warnings] if warnings else ()
            for warnings in predictions.warnings
        ]
    if len(rows) == predictions.count:
        return columns
    return {key: [column[row] for row in rows] for key, column in columns.items()}
