"""The composition root: settings, then models, then the schema, then the doors."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import anyio.to_thread
from fastapi import FastAPI
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import CollectorRegistry
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp

from inference.execution.choice import ExecutionOptions, with_execution
from inference.info import Limits
from inference.loader import Models, load_models
from inference.processes.copying import Threads
from inference.service import InferenceService
from inference.statistics.cells import Cells, ProcessCells
from resolvers.context import Context
from schema.build import PredictSchema, build_schema
from server.application import Application
from server.assets import Assets, find_assets, mount_assets
from server.connection import Shortcut
from server.documentation import add_documentation
from server.explorer import ExampleTab, explorer_page
from server.graphql import PATH, GraphQLDoor
from server.health import Health
from server.metrics.collector import CellsCollector
from server.metrics.door import metrics_router
from server.metrics.facts import facts
from server.metrics.operations import OperationStatistics
from server.metrics.processes import ProcessesCollector
from server.metrics.shared_cells import SharedCells
from server.metrics.traffic import CountedTraffic, Traffic
from server.operations import Operations
from server.settings import Settings, listed


@dataclass(frozen=True, slots=True)
class Loaded:
    """Everything behind the doors."""

    models: Models
    service: InferenceService
    schema: PredictSchema
    threads: Threads
    """Which threads there were before the models were loaded."""


def load(settings: Settings, cells: Cells | None = None) -> Loaded:
    """Load all models and build their schema. Raises LoadFailed where a model cannot be served.

    What is counted of the models stands in `cells`.
    """
    threads = Threads(early=settings.workers > 1 or settings.engine != "native")
    limits = Limits(settings.max_rows, settings.deadline_ms / 1000, settings.max_queued_rows)
    models = load_models(
        settings.models, limits, keep_going=settings.keep_going, trust=settings.trust, engines=settings.engines
    )
    models = with_execution(models, _execution(settings), threads.are_as_before)
    service = InferenceService(models, threads=settings.threads, processes=settings.workers, cells=cells)
    schema = build_schema(service.models(), keep_going=settings.keep_going, limits=settings.operation_limits)
    return Loaded(models, service, schema, threads)


def _execution(settings: Settings) -> ExecutionOptions:
    return ExecutionOptions(settings.threads, settings.processes, settings.workers)


def create_app(settings: Settings, *, loaded: Loaded | None = None, metrics_dir: Path | None = None) -> FastAPI:
    """Return the whole server. Its `state.loaded` and `state.assets` say what is served, its `state.health` whether.

    Where the server is several processes, each makes an app of its own, and all of them count in files in
    `metrics_dir`: a private folder for this run, that whoever starts them makes and removes. What another process
    has `loaded` need not be loaded again by a copy of it.

    Raises LoadFailed where a model cannot be served.
    """
    cells = SharedCells(metrics_dir) if metrics_dir else ProcessCells()
    if loaded:
        service = InferenceService(loaded.models, threads=settings.threads, processes=settings.workers, cells=cells)
        loaded = replace(loaded, service=service)
    else:
        loaded = load(settings, cells)
    assets = find_assets()
    health = Health(models=len(loaded.schema.examples))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        loaded.service.begin()
        yield
        health.begin_draining()
        await loaded.service.drain()
        await anyio.to_thread.run_sync(loaded.service.close)

    app = Application(
        path=PATH,
        title="predictql",
        summary="A folder of trained models as a typed GraphQL API.",
        description="Predictions and metadata are at [/graphql](graphql); these are the addresses beside it.",
        version=metadata.version("predictql"),
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        # It looks for exporters, which no setting here names, at each request: for half as long as a plan takes.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.loaded, app.state.assets, app.state.health = loaded, assets, health
    traffic = Traffic(cells)
    context = Context(loaded.service, dt.datetime.now(dt.UTC))
    door = GraphQLDoor(
        Operations(loaded.schema, loaded.schema.plans, context, OperationStatistics(cells)),
        page=_explorer(loaded.schema, assets) if settings.graphiql else None,
        max_body_bytes=settings.max_body_bytes,
        traffic=traffic,
    )
    app.shorten(_let_in(app, settings.cors_origins, door))
    app.state.shortcut = Shortcut(PATH, door, traffic, with_origin=not settings.cors_origins)
    app.include_router(door.router())
    app.include_router(health.router())
    if settings.metrics:
        app.include_router(metrics_router(_registry(cells, loaded.service)))
    app.add_api_route("/", _to_explorer, include_in_schema=False, response_class=RedirectResponse)
    add_documentation(app, assets)
    if assets:
        mount_assets(app, assets)
    app.add_middleware(CountedTraffic, traffic=traffic)  # the last one added is the outermost
    return app


def _registry(cells: Cells, service: InferenceService) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(CellsCollector(cells, lambda: facts(service.models())))
    registry.register(
        ProcessesCollector(cells.living) if isinstance(cells, SharedCells) else ProcessCollector(registry=None)
    )
    return registry


def _let_in(app: FastAPI, origins: str, door: ASGIApp) -> ASGIApp:
    """Let web pages of other origins call; browsers ask before they do. Return the door with that around it."""
    allowed = [origin.rstrip("/") for origin in listed(origins)]
    if not allowed:
        return door
    rules: dict[str, Any] = {
        "allow_origins": allowed,
        "allow_methods": ["GET", "POST"],
        "allow_headers": ["*"],
        "max_age": 3600,
    }
    app.add_middleware(CORSMiddleware, **rules)
    return CORSMiddleware(door, **rules)


async def _to_explorer() -> RedirectResponse:
    # Relative, so that it holds behind a proxy with a prefix.
    return RedirectResponse(PATH.removeprefix("/"))


def _explorer(schema: PredictSchema, assets: Assets | None) -> str:
    tabs = [ExampleTab(example.operation, example.query, example.variables_text) for example in schema.examples]
    return explorer_page(tabs, assets)
