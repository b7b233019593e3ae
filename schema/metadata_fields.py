"""The fields of Query that are the same whatever the models are."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry import UNSET
from strawberry.types.info import Info

from inference.card import Task
from resolvers.context import Context
from resolvers.models import all_models, one_model
from resolvers.server import server_info
from schema.class_making import FieldOfClass
from schema.describe import Describer
from schema.metadata import Model, Server

NAMES = ("models", "model", "server")


def metadata_fields(describer: Describer) -> list[FieldOfClass]:
    """Return the metadata fields of Query."""

    def models(info: Info[Context, None], task: Task | None = UNSET, tag: str | None = UNSET) -> list[Model]:
        return [
            describer.model(found) for found in all_models(info.context, task or None, None if tag is UNSET else tag)
        ]

    def model(
        info: Info[Context, None],
        name: str,
        version: Annotated[str | None, strawberry.argument(description="The default one where none is named.")] = UNSET,
    ) -> Model | None:
        found = one_model(info.context, name, None if version is UNSET else version)
        return describer.model(found) if found else None

    def server(info: Info[Context, None]) -> Server:
        return describer.server(server_info(info.context))

    return [
        FieldOfClass(
            "models", list[Model], strawberry.field(resolver=models, description="All versions of all models.")
        ),
        FieldOfClass(
            "model",
            Model | None,
            strawberry.field(resolver=model, description="One version of one model; null where there is none."),
        ),
        FieldOfClass("server", Server, strawberry.field(resolver=server, description="This server.")),
    ]
