"""What every resolver is given."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from inference.service import InferenceService


@dataclass(frozen=True, slots=True)
class Context:
    """The server's own side of a request. It lives as long as the server."""

    service: InferenceService
    started_at: dt.datetime
