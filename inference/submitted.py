"""A call that waits for its answer, and is told it without a task of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from inference.errors import RequestError
from inference.outputs.output import OutputRequest
from inference.predictions import Predictions
from inference.scheduler.call import Call, CallResult
from inference.scheduler.queue import ModelQueue

Told = Callable[[Predictions | Exception], None]
"""Is given a call's predictions, or why there are none."""


@dataclass(slots=True, eq=False)
class Submitted:
    """Between who asked and the queue that answers."""

    queue: ModelQueue
    count: int
    """How many rows. The rows themselves are not kept here: they may wait as arrays, which are much smaller."""
    since: float
    """When it came, on the clock of ModelStatistics."""
    told: Told
    numbers: bool
    """Whether columns may come as arrays."""
    call: Call = field(init=False)

    def take(self, outcome: CallResult | Exception) -> None:
        """Count what came of it, and pass it on."""
        queue, count = self.queue, self.count
        if isinstance(outcome, Exception):
            if isinstance(outcome, RequestError):
                queue.statistics.failed(count, outcome, self.since)
            self.told(outcome)
            return
        columns: Mapping[OutputRequest, Any] = outcome.columns
        predictions = Predictions(queue.model.info, count, columns, outcome.errors, None)
        queue.statistics.answered(count, outcome.errors, self.since)
        self.told(predictions if self.numbers else predictions.in_lists())

    def cancel(self) -> None:
        """Take the rows back: nobody waits for them any more, and nobody is told anything."""
        self.queue.withdraw(self.call)
        self.queue.statistics.cancelled()
