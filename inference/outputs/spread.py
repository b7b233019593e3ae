"""Which estimator says how sure its predictions are, where a search or a pipeline stands around it."""

from __future__ import annotations

import inspect
from copy import copy
from typing import Any

from sklearn.pipeline import Pipeline


def with_std(estimator: Any) -> Any | None:
    """Return an estimator that predicts the same, and whose `predict` takes `return_std=True`; None if there is none.

    A pipeline hands `return_std` on to its last step, and a search to nobody: so its best estimator is asked instead.
    """
    best = getattr(estimator, "best_estimator_", None)
    if best is not None:
        return with_std(best)
    if isinstance(estimator, Pipeline):
        name, last = estimator.steps[-1]
        found = with_std(last)
        if found is None or found is last:
            return found and estimator
        asked = copy(estimator)
        asked.steps = [*estimator.steps[:-1], (name, found)]
        return asked
    predict = getattr(estimator, "predict", None)
    return estimator if predict is not None and "return_std" in inspect.signature(predict).parameters else None
