"""Which of a classifier's answers are for several targets at once, and what it answers then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.outputs.answers import PREDICT, PREDICT_PROBA, Answers
from inference.outputs.classification import classification_outputs, outputs_of_label, target_label
from inference.outputs.estimator_outputs import EstimatorOutputs, distinct_members
from inference.outputs.multilabel import multilabel_outputs
from inference.outputs.output import AnyColumn, Label, Member, Output

_YES_OR_NO = {0, 1}
_LISTED = 16


def classifier_outputs(source: EstimatorOutputs) -> tuple[Output, ...]:
    """Return what a fitted classifier answers: of one target, of several, or any number of labels."""
    targets = targets_of(source)
    if targets is None:
        return classification_outputs(source)
    if len(targets) > 1 and all(set(classes.tolist()) == _YES_OR_NO for classes in targets):
        return multilabel_outputs(source, len(targets))
    return _each_target(source, targets)


def targets_of(source: EstimatorOutputs) -> list[NDArray[Any]] | None:
    """Return the classes of each target; None where there is one target alone."""
    classes = source.estimator.classes_
    if isinstance(classes, list | tuple) and all(np.ndim(one) == 1 for one in classes):
        return [np.asarray(one) for one in classes]
    answered = source.trial(PREDICT)
    if answered.size == 1:
        return None
    # Some that give any number of labels know only how many there are.
    return [np.array([0, 1])] * answered.shape[1]


def _each_target(source: EstimatorOutputs, targets: Sequence[NDArray[Any]]) -> tuple[Output, ...]:
    named = distinct_members(source, [f"target_{place}" for place in range(len(targets))], "targets")
    known = [value for classes in targets for value in classes.tolist()]
    ends = np.cumsum([len(classes) for classes in targets])
    width = source.width(PREDICT_PROBA)
    # A chain of classifiers with two classes each answers the probability of the second.
    of_second = width == len(targets) and all(len(classes) == len(_YES_OR_NO) for classes in targets)
    outputs: list[Output] = []
    for place, (member, classes) in enumerate(zip(named, targets, strict=True)):
        label = target_label(source, classes, known)
        target = _Target(
            member, place, None if of_second else slice(ends[place] - len(classes), ends[place]), classes.dtype
        )
        of_label = outputs_of_label(
            label, probabilities=of_second or width == ends[-1], decision=False, order=_order(label)
        )
        outputs += [target.of(output) for output in of_label]
    return tuple(outputs)


def _order(label: Label) -> str:
    """Name the classes of one target, which `Model.classes` does not: they differ from target to target."""
    shown = [str(item.raw) for item in label.classes[:_LISTED]]
    more = f" and {len(label.classes) - _LISTED} more, sorted" if len(label.classes) > _LISTED else ""
    return f"this target's classes: {', '.join(shown)}{more}"


@dataclass(frozen=True, slots=True)
class _Target:
    """One target among several: where its answers are among all."""

    member: Member
    place: int
    probabilities: slice | None
    """Of all its classes; None where there is only that of the second, at its place."""
    dtype: np.dtype[Any]
    """Of its classes; predicted together with others, whole numbers may have become words."""

    def of(self, output: Output) -> Output:
        """Return an output of one target as one of this target."""

        def column(answers: Answers, arguments: Mapping[str, int]) -> AnyColumn:
            return output.make(self._own(answers), arguments)

        return replace(output, make=column, target=self.member)

    def _own(self, answers: Answers) -> Answers:
        own: dict[str, NDArray[Any]] = {}
        for method, array in answers.arrays.items():
            if method == PREDICT:
                labels = array[:, self.place]
                own[method] = labels if self.dtype == object else labels.astype(self.dtype)
            elif method == PREDICT_PROBA:
                second = array[:, self.place]
                both = self.probabilities is None
                own[method] = np.column_stack([1 - second, second]) if both else array[:, self.probabilities]
        return Answers(own)
