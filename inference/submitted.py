"""A call that waits for its answer, and is told it without a task of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from inference.errors import RequestError
from inference.outputs.output import OutputRequest
from inference.predictions import Predictions, PredictRequest
from inference.scheduler.call import Call, CallResult
from inference.scheduler.queue import ModelQueue

Told = Callable[[Predictions | Exception], None]
"""Is given a call's predictions, or why there are none."""


@dataclass(slots=True, eq=False)
class Submitted:
    """Between who asked and the queue that answers."""

    queue: ModelQueue
    request: PredictRequest
    since: float
    """When it came, on the clock of ModelStatistics."""
    told: Told
    call: Call = field(init=False)

    def take(self, outcome: CallResult | Exception) -> None:
        """Count what came of it, and pass it on."""
        queue, request = self.queue, self.request
        if isinstance(outcome, Exception):
            if isinstance(outcome, RequestError):
                queue.statistics.failed(request.count, outcome, self.since)
            self.told(outcome)
            return
        columns: Mapping[OutputRequest, Any] = outcome.columns
        predictions = Predictions(queue.model.info, request.count, columns, outcome.errors, None)
        queue.statistics.answered(request.count, outcome.errors, self.since)
        self.told(predictions if request.numbers else predictions.in_lists())

    def cancel(self) -> None:
        """Take the rows back: nobody waits for them any more, and nobody is told anything."""
        self.queue.withdraw(self.call)
        self.queue.statistics.cancelled()
