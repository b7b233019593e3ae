"""What every resolver is given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from inference.predictions import Predictions
from inference.service import InferenceService

Outcome = Predictions | Exception
"""What came of asking a model: its predictions, or why there are none."""


@dataclass(frozen=True, slots=True)
class Context:
    """The server's own side of a request. It lives as long as the server, but for copies that know some outcomes."""

    service: InferenceService
    started_at: dt.datetime
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    """What models were asked already for this request, by the response key of the field. They are not asked again."""
