"""All of it becomes one Strawberry schema."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.types.execution import ExecutionResult, PreExecutionError

from inference.errors import LoadFailed, ModelError
from inference.info import ModelInfo
from resolvers.context import Context
from schema import live, metadata
from schema.asked import Asked
from schema.claims import Claims
from schema.class_making import make_class
from schema.describe import Describer
from schema.errors import FieldNames, dressed_all
from schema.examples import Example, example_of
from schema.metadata_fields import NAMES, metadata_fields
from schema.model_fields import model_fields
from schema.operation import Preparation
from schema.plan.limits import OperationLimits
from schema.plan.plans import Plans
from schema.plan.read import Envelope
from schema.plan.run import Runner
from schema.types import ModelTypes, Taken, model_types


class PredictSchema(strawberry.Schema):
    """A Strawberry schema whose errors are dressed for clients, and that knows an example for each model."""

    def __init__(
        self,
        query: type,
        models: Iterable[ModelTypes],
        examples: Iterable[Example],
        describer: Describer,
        limits: OperationLimits,
    ) -> None:
        super().__init__(
            query,
            config=StrawberryConfig(default_resolver=_read),
            extensions=[lambda: Preparation(self.plans.documents)],  # made anew for each request
        )
        models = list(models)
        self.examples = tuple(examples)
        self._feature_names: FieldNames = {
            field: types.input.names for types in models for field in (types.field, types.batch_field)
        }
        runner = Runner(describer, self._feature_names)
        self.plans = Plans(self.core, models, runner, self._executed, limits)

    @property
    def core(self) -> GraphQLSchema:
        """The graphql-core schema below."""
        return self._schema

    def asked(self, query: str, operation_name: str | None) -> Asked:
        """Say what an operation that was executed lately asks for."""
        return self.plans.documents.asked(query, operation_name)

    async def _executed(self, request: Envelope, context: Context) -> ExecutionResult:
        variables = {name: orjson.loads(bytes(value)) for name, value in (request.variables or {}).items()}
        return await self.execute(request.query, variables, context, operation_name=request.operation_name or None)

    def process_errors(self, errors: Any, execution_context: Any = None) -> None:
        """Log nothing here: a client's typo is no error of the server, and what is one is logged where it is masked."""

    async def execute(self, *args: Any, **kwargs: Any) -> ExecutionResult:
        """Execute an operation; every error of the result has a code."""
        result = await super().execute(*args, **kwargs)
        before = isinstance(result, PreExecutionError)
        result.errors = dressed_all(result.errors, self._feature_names, before_execution=before)
        return result


def _read(source: Any, name: str) -> Any:
    """Read a field of a prediction, which is a dict, or of a metadata type."""
    return source[name] if type(source) is dict else getattr(source, name)


def build_schema(
    infos: Iterable[ModelInfo], *, keep_going: bool = False, limits: OperationLimits | None = None
) -> PredictSchema:
    """Make the schema of all models that can be called. Without `limits`, it has the usual ones.

    Raises LoadFailed naming every model whose names clash; with `keep_going` such a model has no field, and its
    metadata says why.
    """
    models, errors = _all_types(infos)
    if errors and not (keep_going and models):
        raise LoadFailed(list(errors.values()))
    examples = {types.info.name: example_of(types) for types in models}
    described = {types.info.name: types for types in models}
    describer = Describer(described, examples, {name: str(error) for name, error in errors.items()})
    fields = [field for types in models for field in model_fields(types, describer)]
    query = strawberry.type(
        make_class("Query", [*fields, *metadata_fields(describer)]),
        name="Query",
        description="Predictions by model, and what there is to know of the models.",
    )
    return PredictSchema(query, models, examples.values(), describer, limits or OperationLimits())


def _all_types(infos: Iterable[ModelInfo]) -> tuple[list[ModelTypes], dict[str, ModelError]]:
    """Make the types of all models, and say by name which have none."""
    taken = Taken(Claims("the models folder"), Claims("the models folder"))
    taken.fields.reserve(NAMES, "a field of the server's own")
    taken.types.reserve(_own_types(), "a type of the server's own")
    models: list[ModelTypes] = []
    errors: dict[str, ModelError] = {}
    for info in infos:
        if info.default and info.serving:
            try:
                models.append(model_types(info, info.serving, taken))
            except ModelError as error:
                errors[info.name] = error
    return models, errors


def _own_types() -> Iterable[str]:
    """Return the names of the types that are the same for every model, and of GraphQL's own."""
    own = [
        name
        for module in (metadata, live)
        for name, value in vars(module).items()
        if hasattr(value, "__strawberry_definition__")
    ]
    return [*own, "Query", "Mutation", "Subscription", "Int", "Float", "String", "Boolean", "ID", "JSON", "DateTime"]
