"""What was counted of a model version, as a snapshot."""

from __future__ import annotations

from dataclasses import dataclass

from inference.cost import Cost
from inference.errors import ErrorCode, RefusalReason
from inference.statistics.recent import Percentiles


@dataclass(frozen=True, slots=True)
class ErrorCount:
    """How often there was an error of one code."""

    code: ErrorCode
    calls: int
    """Calls that failed as a whole."""
    rows: int
    """Rows without a prediction, those of failed calls among them."""


@dataclass(frozen=True, slots=True)
class RefusedCount:
    """How often calls were refused for one reason."""

    reason: RefusalReason
    calls: int


@dataclass(frozen=True, slots=True)
class LiveStatistics:
    """Counts since the start, of all processes of the server; percentiles of the last five minutes, of this process."""

    calls: int
    predictions: int
    errors: tuple[ErrorCount, ...]
    """Those that there were, in the order of ErrorCode."""
    refused: tuple[RefusedCount, ...]
    """Those that there were, in the order of RefusalReason."""
    expired: int
    cancelled: int
    batches: int
    retries: int
    queued_rows: int
    latency_seconds: Percentiles | None
    """None where there was no call."""
    batch_rows: Percentiles | None
    queue_wait_seconds: Percentiles | None
    cost: Cost
    """What a call costs, as this process has learned."""
