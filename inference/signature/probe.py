"""What only a call can tell: which features the model answers without, and which take values never seen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy import sparse

from inference.card import FeatureType
from inference.errors import ArtifactError
from inference.signature.feature import Container
from inference.signature.from_sample import is_missing
from inference.signature.matrix import to_container

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from inference.signature.feature import Category, Feature, Signature

    Call = Callable[[Any], Any]
    Change = tuple[int, Category | None]
    """A feature's position, and the value that it takes in the example row's place."""

_METHODS: Final = ("predict", "transform", "score_samples")
_SHOWN: Final = 12
_VARIED: Final = {FeatureType.CATEGORY, FeatureType.INTEGER, FeatureType.FLOAT}


def probe(estimator: Any, signature: Signature, where: Path) -> Signature:
    """Find `nullable` and `open` of each feature by calling the estimator on variations of the example row.

    Warnings of the estimator are the caller's to silence: a filter set here would race with other threads.
    Raises ArtifactError where the estimator cannot be called, or raises on the example row itself.
    """
    call = _method(estimator, where)
    _check_example(call, signature, where)
    nullable = _nullable(call, signature)
    unseen = [
        (position, _unseen(feature)) for position, feature in enumerate(signature.features) if _may_be_open(feature)
    ]
    opened = _accepted(call, signature, unseen)
    closed = {position for position, _ in unseen} - opened
    return replace(
        signature,
        features=tuple(
            replace(feature, nullable=position in nullable, open=feature.open and position not in closed)
            for position, feature in enumerate(signature.features)
        ),
    )


def _method(estimator: Any, where: Path) -> Call:
    for name in _METHODS:
        method: Call | None = getattr(estimator, name, None)
        if method is not None:
            return method
    why = f"{type(estimator).__name__} has none of {', '.join(_METHODS)}: it cannot answer for new rows"
    raise ArtifactError(where, why, "Serve an estimator that has one of them")


def _check_example(call: Call, signature: Signature, where: Path) -> None:
    try:
        call(_rows(signature, [None]))
    except Exception as error:
        shown = {feature.source: feature.example for feature in signature.features[:_SHOWN]}
        more = " ..." if len(signature.features) > _SHOWN else ""
        why = f"it raises {type(error).__name__} on the example row {shown}{more}: {error}"
        raise ArtifactError(where, why, "Give a sample.csv with real rows of the training data") from error


def _nullable(call: Call, signature: Signature) -> set[int]:
    """Return the positions of the features without which the model answers."""
    if signature.container is Container.TEXTS or signature.features[0].type is FeatureType.VECTOR:
        return set()
    without: list[Change] = [(position, None) for position in range(len(signature.features))]
    nullable = _accepted(call, signature, without)
    # Alone in a call, a missing value makes a column with nothing in it, which is another matter to some models.
    if nullable and not _answers(call, signature, [(position, None) for position in nullable]):
        return {position for position in nullable if _answers(call, signature, [(position, None)])}
    return nullable


def _may_be_open(feature: Feature) -> bool:
    return feature.open and bool(feature.categories) and feature.type in _VARIED


def _unseen(feature: Feature) -> Category:
    """Return a value of the feature's type that is none of its categories."""
    if feature.type is not FeatureType.CATEGORY:
        numbers = [value for value in feature.categories if not isinstance(value, str)]
        return max(numbers) + 1
    value = "unseen"
    while value in feature.categories:
        value += "?"
    return value


def _accepted(call: Call, signature: Signature, changes: Sequence[Change]) -> set[int]:
    """Return the positions where the example row, with only this value changed, gets a finite answer.

    One call answers for all changes, a row each. Where it raises, halves are tried.
    """
    if not changes:
        return set()
    try:
        answer = call(_rows(signature, changes))
    except Exception:  # noqa: BLE001  # an estimator may raise anything: that it does is what is asked
        if len(changes) == 1:
            return set()
        half = len(changes) // 2
        return _accepted(call, signature, changes[:half]) | _accepted(call, signature, changes[half:])
    finite = finite_rows(answer, len(changes))
    return {position for (position, _), is_finite in zip(changes, finite, strict=True) if is_finite}


def _answers(call: Call, signature: Signature, changes: Sequence[Change]) -> bool:
    """Whether the example row, with all these values changed, gets a finite answer."""
    columns = [[feature.example] for feature in signature.features]
    for position, value in changes:
        columns[position][0] = value
    try:
        return finite_rows(call(to_container(signature, columns)), 1)[0]
    except Exception:  # noqa: BLE001  # as above
        return False


def _rows(signature: Signature, changes: Sequence[Change | None]) -> Any:
    """Lay out the example row once for each change, changed."""
    columns = [[feature.example] * len(changes) for feature in signature.features]
    for row, change in enumerate(changes):
        if change is not None:
            position, value = change
            columns[position][row] = value
    return to_container(signature, columns)


def finite_rows(answer: Any, rows: int) -> list[bool]:
    """Tell for each row of an estimator's answer whether nothing in it is missing, NaN or infinite."""
    if sparse.issparse(answer):
        answer = answer.toarray()
    values = np.asarray(answer.to_numpy() if hasattr(answer, "to_numpy") else answer)
    if values.ndim == 0 or len(values) != rows:
        return [False] * rows
    values = values.reshape(rows, -1)
    if values.dtype.kind in "fc":
        return [bool(finite) for finite in np.isfinite(values).all(axis=1)]
    return [not any(is_missing(value) for value in row) for row in values.tolist()]
