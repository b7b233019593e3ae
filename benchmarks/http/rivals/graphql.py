"""GraphQL as the tutorials of Strawberry and FastAPI write it: typed classes, a resolver, the bare estimator.

Two of the classes are made of the subject's names, so that any classifier will do; they cost what written ones do.
"""

import dataclasses
import warnings
from typing import Any

import strawberry
from fastapi import FastAPI
from strawberry.fastapi import GraphQLRouter
from strawberry.schema.config import StrawberryConfig

from benchmarks.http.rivals.subject import Subject


def create_app() -> FastAPI:
    """Make the application. Annotations are read when the types are made, so the module does not postpone them."""
    warnings.simplefilter("ignore")  # the estimator was fitted with names, and is given none: they would cost a frame
    subject = Subject.from_environment()
    model = subject.estimator()
    row: Any = strawberry.input(dataclasses.make_dataclass("Row", [(name, float) for name in subject.features]))
    per_class: Any = strawberry.type(
        dataclasses.make_dataclass("Probabilities", [(name, float) for name in subject.classes])
    )

    @strawberry.type
    class Prediction:
        label: str
        probability: float
        probabilities: per_class

    def predictions(inputs: list[row]) -> list[Prediction]:
        answers = []
        for values in model.predict_proba([[getattr(row, name) for name in subject.features] for row in inputs]):
            best = values.argmax()
            each = per_class(**dict(zip(subject.classes, values.tolist(), strict=True)))
            answers.append(Prediction(label=model.classes_[best], probability=values[best], probabilities=each))
        return answers

    @strawberry.type
    class Query:
        predict: list[Prediction] = strawberry.field(resolver=predictions)

    schema = strawberry.Schema(Query, config=StrawberryConfig(auto_camel_case=False))  # names are GraphQL's already
    app = FastAPI()
    app.include_router(GraphQLRouter(schema), prefix="/graphql")
    return app
