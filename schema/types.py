"""The GraphQL side of one model: its names and its types."""

from __future__ import annotations

from dataclasses import dataclass

from inference.info import ModelInfo, ServingInfo
from schema.claims import Claims, TypeNames
from schema.inputs import InputType, input_type
from schema.names import field_name, type_name
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


@dataclass(frozen=True, slots=True)
class Taken:
    """The names that are taken by all models together."""

    fields: Claims
    types: Claims


def model_types(info: ModelInfo, serving: ServingInfo, taken: Taken) -> ModelTypes:
    """Name a model and make its types. Raises NameClash where names meet."""
    raw = info.card.graphql_name or info.name
    field = info.card.graphql_name or field_name(raw)
    owner, mend = f"the model {info.name!r}", "Give it another graphql_name in its card.yaml"
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
