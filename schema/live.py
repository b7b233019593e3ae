"""The types of Model.live: what was counted of a model version while it served."""

from __future__ import annotations

import strawberry
from strawberry.types.info import Info

from inference.errors import ErrorCode, RefusalReason
from inference.statistics import live
from inference.statistics.recent import Percentiles
from resolvers.context import Context
from resolvers.models import live_statistics

# Before the first type that has it; schema.metadata imports this module.
strawberry.enum(ErrorCode, name="ErrorCode", description="What kind of thing went wrong.")
strawberry.enum(RefusalReason, name="RefusalReason", description="Why a call was refused before anything was computed.")

# Counts are Float: an Int has 32 bits, and a server may count further.


@strawberry.type(name="Percentiles", description="How values are distributed, to about 5 %.")
class LivePercentiles:
    """How values are distributed."""

    p50: float = strawberry.field(description="Half of the values are at most this.")
    p95: float = strawberry.field(description="95 % of the values are at most this.")
    p99: float = strawberry.field(description="99 % of the values are at most this.")


@strawberry.type(description="How often there was an error of one code.")
class ErrorCount:
    """How often there was an error of one code."""

    code: ErrorCode
    calls: float = strawberry.field(description="Calls that failed as a whole.")
    rows: float = strawberry.field(description="Rows without a prediction, those of failed calls among them.")


@strawberry.type(description="How often calls were refused for one reason.")
class RefusedCount:
    """How often calls were refused for one reason."""

    reason: RefusalReason
    calls: float


@strawberry.type(
    description="What was counted of a model version while it served: counts since the start, of all processes of the"
    " server; percentiles of the last five minutes, of the process that answers."
)
class Live:
    """What was counted of a model version while it served."""

    calls: float = strawberry.field(description="Calls that were answered or failed.")
    predictions: float = strawberry.field(description="Rows that were answered with a prediction.")
    errors: list[ErrorCount] = strawberry.field(description="The errors that there were.")
    refused: list[RefusedCount] = strawberry.field(
        description="Failed calls for which nothing was computed, by why they were refused."
    )
    expired: float = strawberry.field(description="Failed calls whose deadline passed while they waited or ran.")
    cancelled: float = strawberry.field(description="Calls whose caller went away before the answer.")
    batches: float = strawberry.field(description="Batches, each of which is one model call for the rows of many.")
    retries: float = strawberry.field(
        description="Model calls made once more with fewer rows, to find those that make the model raise."
    )
    queued_rows: float = strawberry.field(description="Rows that wait for their batch now.")
    latency_ms: LivePercentiles | None = strawberry.field(
        description="From a call to its answer or error; null where there was none lately."
    )
    batch_rows: LivePercentiles | None = strawberry.field(description="Rows of a batch, exact up to ten.")
    queue_wait_ms: LivePercentiles | None = strawberry.field(
        description="How long calls waited until their rows went into a batch."
    )
    call_ms: float = strawberry.field(
        description="What one model call costs without its rows, as the process that answers has learned."
    )
    row_ms: float = strawberry.field(
        description="What each row of a model call costs besides, learned in the same way."
    )


def live_of(root: strawberry.Parent[object], info: Info[Context, None]) -> Live | None:
    """Resolve Model.live, counted at the moment of asking."""
    counted = live_statistics(info.context, root.name, root.version)  # type: ignore[attr-defined]  # a metadata.Model
    return _dressed(counted) if counted else None


def _dressed(counted: live.LiveStatistics) -> Live:
    return Live(
        calls=counted.calls,
        predictions=counted.predictions,
        errors=[ErrorCount(code=error.code, calls=error.calls, rows=error.rows) for error in counted.errors],
        refused=[RefusedCount(reason=refused.reason, calls=refused.calls) for refused in counted.refused],
        expired=counted.expired,
        cancelled=counted.cancelled,
        batches=counted.batches,
        retries=counted.retries,
        queued_rows=counted.queued_rows,
        latency_ms=_milliseconds(counted.latency_seconds),
        batch_rows=_whole(counted.batch_rows),
        queue_wait_ms=_milliseconds(counted.queue_wait_seconds),
        call_ms=counted.cost.call_seconds * 1000,
        row_ms=counted.cost.row_seconds * 1000,
    )


def _milliseconds(found: Percentiles | None) -> LivePercentiles | None:
    return LivePercentiles(p50=found.p50 * 1000, p95=found.p95 * 1000, p99=found.p99 * 1000) if found else None


def _whole(found: Percentiles | None) -> LivePercentiles | None:
    return LivePercentiles(p50=round(found.p50), p95=round(found.p95), p99=round(found.p99)) if found else None
