"""Schemas of small models."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from strawberry.types.execution import ExecutionResult

from inference.info import Limits
from inference.loader import load_models
from inference.service import InferenceService
from resolvers.context import Context
from schema.build import PredictSchema, build_schema


@dataclass(frozen=True)
class Served:
    """A schema and the service behind it."""

    schema: PredictSchema
    service: InferenceService

    def execute(
        self, query: str, variables: Mapping[str, Any] | None = None, name: str | None = None
    ) -> ExecutionResult:
        """Execute an operation as a door does."""
        context = Context(self.service, dt.datetime.now(dt.UTC))
        return asyncio.run(
            self.schema.execute(
                query, variable_values=dict(variables or {}), context_value=context, operation_name=name
            )
        )

    def data(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Execute an operation that must succeed, and return its data."""
        result = self.execute(query, variables)
        assert result.errors is None
        assert result.data is not None
        return result.data

    def codes(self, query: str, variables: Mapping[str, Any] | None = None) -> list[str]:
        """Execute an operation that must fail, and return its errors' codes."""
        errors = self.execute(query, variables).errors
        assert errors
        return [(error.extensions or {})["code"] for error in errors]


def serve_folder(path: Path, *, keep_going: bool = False) -> Served:
    """Load the models below a path and build their schema."""
    models = load_models(path, Limits(max_rows=1000, deadline_seconds=30), keep_going=keep_going)
    service = InferenceService(models, threads=2)
    return Served(build_schema(service.models(), keep_going=keep_going), service)


@pytest.fixture(scope="module")
def demo(demo_models: Path) -> Iterator[Served]:
    """Serve the example models."""
    served = serve_folder(demo_models)
    yield served
    served.service.close()


@pytest.fixture
def schema_of(request: pytest.FixtureRequest) -> Any:
    """Return a function that serves a folder until the test ends."""

    def serve(path: Path, *, keep_going: bool = False) -> Served:
        served = serve_folder(path, keep_going=keep_going)
        request.addfinalizer(served.service.close)
        return served

    return serve
