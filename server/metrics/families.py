"""What is counted at the door, what is said of the models, and all families together."""

from __future__ import annotations

from inference.statistics.family import SECONDS_BOUNDS, Family, Kind
from inference.statistics.model_families import MODEL_FAMILIES

PREFIX = "predictql_"
"""Of the names of all families."""

_OPERATION = ("operation", "model", "lane")

OPERATIONS = Family(
    "operations_total",
    Kind.COUNTER,
    "GraphQL operations by outcome: ok, partial (data and errors), failed (no data), refused (not executed).",
    (*_OPERATION, "outcome"),
)
OPERATION_SECONDS = Family(
    "operation_duration_seconds",
    Kind.HISTOGRAM,
    "From a GraphQL operation that was read to its result.",
    _OPERATION,
    SECONDS_BOUNDS,
)
HTTP_REQUESTS = Family(
    "http_requests_total",
    Kind.COUNTER,
    "HTTP requests by the class of their status; aborted ones ended before an answer began.",
    ("status",),
)
HTTP_IN_FLIGHT = Family("http_requests_in_flight", Kind.GAUGE, "HTTP requests that are being answered.")
HTTP_RECEIVED = Family("http_request_body_bytes_total", Kind.COUNTER, "Bytes of request bodies that were read.")
HTTP_SENT = Family("http_response_body_bytes_total", Kind.COUNTER, "Bytes of response bodies that were sent.")

DOOR_FAMILIES = (OPERATIONS, OPERATION_SECONDS, HTTP_REQUESTS, HTTP_IN_FLIGHT, HTTP_RECEIVED, HTTP_SENT)

BUILD_INFO = Family("build_info", Kind.GAUGE, "Always 1; what is running.", ("version", "python_version"))
MODEL_INFO = Family(
    "model_info",
    Kind.GAUGE,
    "Always 1; what a model version is.",
    ("model", "version", "default", "status", "task", "estimator", "format", "engine"),
)
MODEL_SPEEDUP = Family(
    "model_engine_speedup_ratio",
    Kind.GAUGE,
    "How many times faster than a plain call of the estimator the engine answered at the start.",
    ("model", "version"),
)
MODEL_LOAD = Family(
    "model_load_seconds",
    Kind.GAUGE,
    "How long it took to load, check and warm a model version.",
    ("model", "version"),
)

FACT_FAMILIES = (BUILD_INFO, MODEL_INFO, MODEL_SPEEDUP, MODEL_LOAD)

FAMILIES = (*MODEL_FAMILIES, *DOOR_FAMILIES, *FACT_FAMILIES)
