"""What is counted of each model version."""

from __future__ import annotations

from enum import StrEnum

from inference.statistics.family import ROWS_BOUNDS, SECONDS_BOUNDS, Family, Kind

MODEL = ("model", "version")
"""The labels that every family has."""


class ReleaseReason(StrEnum):
    """Why a batch was cut when it was."""

    IDLE = "idle"
    """The model had nothing to do when the first of the calls came."""
    FREED = "freed"
    """The model was done with the batch before, and calls had waited for that."""
    FULL = "full"
    """It was as large as a batch may be, and calls were left for the next one."""


CALLS = Family(
    "call_duration_seconds",
    Kind.HISTOGRAM,
    "From a call of a model to its answer or its error; calls that were cancelled are not among them.",
    MODEL,
    SECONDS_BOUNDS,
)
PREDICTIONS = Family("predictions_total", Kind.COUNTER, "Rows that were answered with a prediction.", MODEL)
ROW_ERRORS = Family(
    "row_errors_total",
    Kind.COUNTER,
    "Rows that have no prediction, by the code of their error; those of calls that failed are among them.",
    (*MODEL, "code"),
)
FAILED_CALLS = Family(
    "failed_calls_total", Kind.COUNTER, "Calls that failed as a whole, by the code of the error.", (*MODEL, "code")
)
REFUSED = Family(
    "refused_calls_total",
    Kind.COUNTER,
    "Failed calls for which nothing was computed, by why they were refused.",
    (*MODEL, "reason"),
)
EXPIRED = Family(
    "expired_calls_total", Kind.COUNTER, "Failed calls whose deadline passed while they waited or ran.", MODEL
)
CANCELLED = Family("cancelled_calls_total", Kind.COUNTER, "Calls whose caller went away before the answer.", MODEL)
BATCH_ROWS = Family("batch_rows", Kind.HISTOGRAM, "Rows of a batch, which is one model call.", MODEL, ROWS_BOUNDS)
QUEUE_WAIT = Family(
    "queue_wait_seconds",
    Kind.HISTOGRAM,
    "How long a call waited until its rows went into a batch.",
    MODEL,
    SECONDS_BOUNDS,
)
RELEASES = Family(
    "batches_total",
    Kind.COUNTER,
    "Batches by why they were cut: the model was idle or freed, or the batch was full.",
    (*MODEL, "reason"),
)
RETRIES = Family(
    "poisoned_row_retries_total",
    Kind.COUNTER,
    "Model calls made once more with fewer rows, to find those that make the model raise.",
    MODEL,
)
REPLACED_PROCESSES = Family(
    "replaced_processes_total",
    Kind.COUNTER,
    "Processes of the model that were found to have ended, or were ended as they took longer than a call may.",
    MODEL,
)
QUEUED_ROWS = Family("queued_rows", Kind.GAUGE, "Rows that wait for their batch.", MODEL)
OLDEST_WAIT = Family("oldest_wait_seconds", Kind.SINCE, "How long the oldest call has waited that still waits.", MODEL)

MODEL_FAMILIES = (
    CALLS,
    PREDICTIONS,
    ROW_ERRORS,
    FAILED_CALLS,
    REFUSED,
    EXPIRED,
    CANCELLED,
    BATCH_ROWS,
    QUEUE_WAIT,
    RELEASES,
    RETRIES,
    REPLACED_PROCESSES,
    QUEUED_ROWS,
    OLDEST_WAIT,
)
