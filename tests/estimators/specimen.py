"""An estimator to try, and what it is fitted on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sklearn.base import clone

from tests.estimators.data import Data, data


@dataclass(frozen=True)
class Specimen:
    """An estimator to fit, and on what."""

    name: str
    """That of its class, and what is special about it."""
    estimator: Any
    rows: str
    target: str
    sampled: bool = False
    """What it is fitted on lies beside it as sample.csv, for what only a sample can tell."""
    card: str = ""
    """What lies beside it as card.yaml."""

    @property
    def data(self) -> Data:
        """What it is fitted on."""
        return data(self.rows, self.target)

    @property
    def fitted(self) -> Any:
        """The estimator, fitted."""
        own = clone(self.estimator)
        given = self.data
        if type(own).__name__ == "FrozenEstimator":
            own.estimator.fit(given.x, given.y)
        return own.fit(given.x) if given.y is None else own.fit(given.x, given.y)
