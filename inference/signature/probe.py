"""What only a call can tell: which features the model answers without, and which take values never seen."""

from __future__ import annotations

import reprlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy import sparse

from inference.card import FeatureType
from inference.errors import ArtifactError
from inference.processors import jobs_in_threads
from inference.signature.feature import Container
from inference.signature.from_sample import is_missing
from inference.signature.matrix import to_container

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence
    from pathlib import Path

    from inference.signature.feature import Category, Feature, Signature

    Call = Callable[[Any], Any]
    Change = tuple[int, Category | None]
    """A feature's position, and the value that it takes in the example row's place."""

_ROWS: Final = 256
"""At most so many changes are tried in one call."""
_ENOUGH: Final = 32
_VARIED: Final = {FeatureType.CATEGORY, FeatureType.INTEGER, FeatureType.FLOAT}


def probe(estimator: Any, signature: Signature, where: Path, mend: str, alike: Sequence[Hashable] = ()) -> Signature:
    """Find `nullable` and `open` of each feature by calling the estimator on variations of the example row.

    `alike[i]` names the kind of treatment that feature i gets: of many that are treated alike, not all are tried.
    Warnings of the estimator are the caller's to silence: a filter set here would race with other threads.
    Raises ArtifactError where the estimator cannot be called, or, with this mend, raises on the example row itself.
    """
    method = _method(estimator, where)

    def call(rows: Any) -> Any:
        with jobs_in_threads():
            return method(rows)

    _check_example(call, signature, where, mend)
    trials = _Trials(call, signature, alike or [None] * len(signature.features))
    if signature.features[0].type is FeatureType.VECTOR:
        return replace(signature, features=(replace(signature.features[0], gaps=trials.gaps()),))
    nullable = _nullable(trials)
    unseen = [
        (position, _unseen(feature)) for position, feature in enumerate(signature.features) if _may_be_open(feature)
    ]
    closed = {position for position, _ in unseen} - trials.accepted(unseen)
    return replace(
        signature,
        features=tuple(
            replace(feature, nullable=position in nullable, open=feature.open and position not in closed)
            for position, feature in enumerate(signature.features)
        ),
    )


def _method(estimator: Any, where: Path) -> Call:
    for name in ("predict", "transform", "score_samples", "mahalanobis"):
        method: Call | None = getattr(estimator, name, None)
        if method is not None:
            return method
    if hasattr(estimator, "kneighbors"):
        return lambda rows: estimator.kneighbors(rows)[0]
    why = f"{type(estimator).__name__} has no predict or the like: it cannot answer for new rows"
    raise ArtifactError(where, why, "Serve an estimator that has one of them")


def _check_example(call: Call, signature: Signature, where: Path, mend: str) -> None:
    try:
        call(_rows(signature, [None]))
    except Exception as error:
        example = reprlib.repr({feature.source: feature.example for feature in signature.features})
        said = next(iter(str(error).splitlines()), "")
        raise ArtifactError(
            where, f"it raises {type(error).__name__} on the example row {example}: {said}", mend
        ) from error


def _nullable(trials: _Trials) -> set[int]:
    """Return the positions of the features without which the model answers."""
    signature = trials.signature
    if signature.container in {Container.TEXTS, Container.LABELS}:
        return set()  # some encoders of labels take what is missing for false, and do not say so
    nullable = trials.accepted([(position, None) for position in range(len(signature.features))])
    # Alone in a call, a missing value makes a column with nothing in it, which is another matter to some models.
    if nullable and not trials.answers([(position, None) for position in nullable]):
        return {position for position in nullable if trials.answers([(position, None)])}
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


@dataclass(frozen=True, slots=True)
class _Trials:
    """Calls with changed example rows."""

    call: Call
    signature: Signature
    alike: Sequence[Hashable]

    def accepted(self, changes: Sequence[Change]) -> set[int]:
        """Return the positions where the example row, with only this value changed, gets a finite answer."""
        if len(changes) <= _ROWS:
            accepted = self._at_once(changes)
            if accepted is not None:
                return accepted
        groups: dict[Hashable, list[Change]] = {}
        for change in changes:
            groups.setdefault(self.alike[change[0]], []).append(change)
        return set().union(*map(self._among, groups.values()))

    def _among(self, changes: Sequence[Change]) -> set[int]:
        """Halve what raises, until what does not, or one alone; give up when enough have raised alone and none did not.

        That is for models with hundreds of features: to refuse a missing value where it might do is no harm.
        """
        accepted: set[int] = set()
        pending = [changes[start : start + _ROWS] for start in range(0, len(changes), _ROWS)]
        refused = 0
        while pending and (accepted or refused < _ENOUGH):
            some = pending.pop()
            found = self._at_once(some)
            if found is not None:
                accepted |= found
            elif len(some) == 1:
                refused += 1
            else:
                half = len(some) // 2
                pending += [some[half:], some[:half]]
        return accepted

    def _at_once(self, changes: Sequence[Change]) -> set[int] | None:
        """Try all changes in one call, a row each: return the positions that got a finite answer, None if it raised."""
        if not changes:
            return set()
        try:
            answer = self.call(_rows(self.signature, changes))
        except Exception:  # noqa: BLE001  # an estimator may raise anything: that it does is what is asked
            return None
        finite = finite_rows(answer, len(changes))
        return {position for (position, _), is_finite in zip(changes, finite, strict=True) if is_finite}

    def gaps(self) -> bool:
        """Whether the example vector gets a finite answer with any of its floats missing, and with none left.

        Of very long ones, not every place is tried.
        """
        (vector,) = self.signature.example_row
        whole = np.array(vector, dtype=np.float64)
        places = range(0, len(whole), -(-len(whole) // _ROWS) or 1)
        rows = np.tile(whole, (len(places) + 1, 1))
        rows[range(len(places)), places] = np.nan
        rows[-1] = np.nan
        try:
            return all(finite_rows(self.call(to_container(self.signature, [rows.tolist()])), len(rows)))
        except Exception:  # noqa: BLE001  # as above
            return False

    def answers(self, changes: Sequence[Change]) -> bool:
        """Whether the example row, with all these values changed, gets a finite answer."""
        columns = [[feature.example] for feature in self.signature.features]
        for position, value in changes:
            columns[position][0] = value
        try:
            return finite_rows(self.call(to_container(self.signature, columns)), 1)[0]
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
    if sparse.issparse(answer):  # it may be a million columns wide: what is not stored is zero
        stored = sparse.coo_array(answer)
        wrong = set(stored.row[~np.isfinite(stored.data)].tolist())
        return [row not in wrong for row in range(rows)] if answer.shape[0] == rows else [False] * rows
    values = np.asarray(answer.to_numpy() if hasattr(answer, "to_numpy") else answer)
    if values.ndim == 0 or len(values) != rows:
        return [False] * rows
    values = values.reshape(rows, -1)
    if values.dtype.kind in "fc":
        return [bool(finite) for finite in np.isfinite(values).all(axis=1)]
    return [not any(is_missing(value) for value in row) for row in values.tolist()]
