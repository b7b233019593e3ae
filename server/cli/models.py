"""What the commands know of the models: they ask the schema, as any client does."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from inference.errors import LoadFailed
from resolvers.context import Context
from server.app import Loaded
from server.cli.failure import Failure
from server.listener import CannotListen
from server.workers.supervisor import WorkersFailed

_QUERY = """{ models {
  name version versions default status error warnings field batchField task description estimator loadMs exampleQuery
  owner license trainedAt trainingData tags format sizeBytes sha256
  engine { kind parity reason speedup callMs rowMs } execution { place count reason inPlaceRows }
  steps { name estimator } hyperparameters { name value changed } libraries { name trainedWith running }
  classes { label rawLabel description } metrics { name value }
  features {
    name source type required min max leastAccepted greatestAccepted categories open length gaps unit example importance
  }
  outputs { name type description }
} }"""


@contextmanager
def plain_failures() -> Iterator[None]:
    """Let models that cannot be served be a Failure, with a line for each, and so whatever else stops a server."""
    try:
        yield
    except (CannotListen, WorkersFailed) as error:
        raise Failure(str(error)) from error
    except LoadFailed as error:
        raise Failure(*map(str, error.errors)) from error


def models_of(loaded: Loaded) -> list[dict[str, Any]]:
    """Return every version of every model, with the fields of the schema's type Model that are in the query above."""
    result = asyncio.run(loaded.schema.execute(_QUERY, context_value=Context(loaded.service, dt.datetime.now(dt.UTC))))
    assert result.data is not None, result.errors  # noqa: S101  # the query is our own
    models: list[dict[str, Any]] = result.data["models"]
    return models


def title(model: dict[str, Any]) -> str:
    """Return a model's name, and its version where it has several."""
    return f"{model['name']} {model['version']}" if len(model["versions"]) > 1 else str(model["name"])
