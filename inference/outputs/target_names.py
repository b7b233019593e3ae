"""Names of targets from the columns that stand in a sample besides the features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from inference.card import OutputCard, Task
from inference.errors import SampleError
from inference.outputs.answers import PREDICT
from inference.outputs.estimator_outputs import EstimatorOutputs
from inference.outputs.several_targets import targets_of

_ALONE = "Write the training features alone, or with the targets in the order of training"


def with_target_names(
    source: EstimatorOutputs, task: Task, targets: pd.DataFrame | None, sample: Path | None
) -> EstimatorOutputs:
    """Return the maker's source with its targets named as these columns of the sample, unless the card names them.

    Raises SampleError where the columns are not the model's targets: as many, and with values that it could answer.
    """
    if targets is None or sample is None:
        return source
    count = int(source.trial(PREDICT).size)
    if targets.shape[1] != count:
        listed = ", ".join(map(repr, targets.columns))
        number = "one target" if count == 1 else f"{count} targets"
        why = f"it has {listed}, which the model was not fitted on, and which cannot name its {number}"
        raise SampleError(sample, why, f"{_ALONE}: X.head(1000).to_csv(path, index=False)")
    classes = (targets_of(source) or [source.estimator.classes_]) if task is Task.CLASSIFICATION else [None] * count
    for name, known in zip(targets.columns, classes, strict=True):
        _check(name, targets[name].dropna().unique().tolist(), known, sample)
    if source.card.outputs:
        return source
    named = tuple(OutputCard(name=str(name)) for name in targets.columns)
    return replace(source, card=source.card.model_copy(update={"outputs": named}))


def _check(name: str, values: Sequence[Any], classes: Any | None, sample: Path) -> None:
    """Check that a target could have these values: numbers where `classes` is None."""
    if classes is None:
        stranger = next((value for value in values if not isinstance(value, bool | int | float)), None)
        what = "no number"
    else:
        known = {value.item() if isinstance(value, np.generic) else value for value in classes}
        texts = {str(value) for value in known}
        stranger = next((value for value in values if value not in known and str(value) not in texts), None)
        what = "none of its classes"
    if stranger is not None:
        why = f"it has {name!r}, which the model was not fitted on, and which holds {stranger!r}, {what}"
        raise SampleError(sample, why, _ALONE)
