"""The GraphQL side of one model: its names and its types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from inference.info import ModelInfo, ServingInfo
from schema.claims import Claims, TypeNames
from schema.inputs import InputType, input_type
from schema.names import BROKEN_BY_GENERATORS, field_name, type_name
from schema.predictions import PredictionType, prediction_type


@dataclass(frozen=True, slots=True)
class ModelTypes:
    """What stands for one model in the schema, made from its default version."""

    info: ModelInfo
    serving: ServingInfo
    field: str
    batch_field: str
    type_name: str
    """What all its type names begin with."""
    batch_type: str
    input: InputType
    prediction: PredictionType

    @property
    def warnings(self) -> tuple[str, ...]:
        """What an operator should know of the model: what the service says, and names that make trouble."""
        return (*self.serving.warnings, *self._awkward_names())

    def _awkward_names(self) -> Iterator[str]:
        sources = {name: source for source, name in self.input.names.items()} | {self.field: self.info.name}
        for name in sorted(sources.keys() & BROKEN_BY_GENERATORS):
            yield (
                f"{self.info.name}: {sources[name]!r} is {name!r} in GraphQL, a key word in languages that clients are"
                " generated for. A graphql_name in card.yaml gives it another name."
            )


@dataclass(frozen=True, slots=True)
class Taken:
    """The names that are taken by all models together."""

    fields: Claims
    types: Claims


def model_types(info: ModelInfo, serving: ServingInfo, taken: Taken) -> ModelTypes:
    """Name a model and make its types. Raises NameClash where names meet."""
    raw = info.card.graphql_name or info.name
    field = info.card.graphql_name or field_name(raw)
    owner, mend = f"the model {info.name!r}", "Rename it, or give it another graphql_name in its card.yaml"
    names = TypeNames(info.name, type_name(raw), taken.types)
    return ModelTypes(
        info=info,
        serving=serving,
        field=taken.fields.claim(field, owner, mend),
        batch_field=taken.fields.claim(f"{field}Batch", owner, mend),
        type_name=names.prefix,
        batch_type=names.take("Batch"),
        input=input_type(names, serving.signature),
        prediction=prediction_type(names, serving.outputs),
    )
