"""One sweep over all estimators, for all tests of this folder."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.estimators.specimens import specimens
from tests.estimators.sweep import Result, sweep


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Result]:
    """Return what became of every estimator, by name."""
    return sweep(tmp_path_factory.mktemp("estimators"), specimens())
