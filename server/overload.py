"""When an answer is a refusal as a whole: the model had no room, and nothing else was asked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from graphql import GraphQLError

from schema.errors import retry_after_ms


def retry_after_seconds(data: Mapping[str, Any] | None, errors: Iterable[GraphQLError] | None) -> int | None:
    """Return after how many whole seconds a request that was refused altogether may come again, at least 1.

    None where a field of the operation was answered, or failed for another reason. Then the answer is of use, and has
    the status of any other.
    """
    waits = [retry_after_ms(error) for error in errors or ()]
    if not data or not waits or None in waits or any(value is not None for value in data.values()):
        return None
    return max(1, math.ceil(max(wait for wait in waits if wait is not None) / 1000))
