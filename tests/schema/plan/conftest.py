"""The small models of every kind, served by both lanes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.schema.plan.lanes import Lanes, lanes_of
from tests.schema.plan.models import save_models


@pytest.fixture(scope="package")
def lanes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lanes]:
    """Serve the models."""
    made = lanes_of(save_models(tmp_path_factory.mktemp("lanes") / "models"))
    yield made
    made.service.close()
