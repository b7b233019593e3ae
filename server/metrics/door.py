"""The door /metrics."""

from __future__ import annotations

from fastapi import APIRouter
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import CollectorRegistry
from starlette.requests import Request
from starlette.responses import Response

PATH = "/metrics"


def metrics_router(registry: CollectorRegistry) -> APIRouter:
    """Return the route that shows a registry, in Prometheus' text format or, where it is asked for, OpenMetrics."""
    router = APIRouter(tags=["Metrics"])

    # Not async, so that it runs in a thread: with many models, writing the text takes a while.
    @router.get(
        PATH,
        summary="What is counted, for Prometheus",
        response_class=Response,
        responses={
            200: {
                "description": "Metrics as text.",
                "content": {
                    "text/plain": {"schema": {"type": "string"}},
                    "application/openmetrics-text": {"schema": {"type": "string"}},
                },
            }
        },
    )
    def metrics(request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(registry), headers={"content-type": content_type})

    return router
