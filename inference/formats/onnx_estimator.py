"""An ONNX graph with the face of a scikit-learn estimator: it has just the methods that its outputs can answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from sklearn.utils import Tags, TargetTags

from inference.card import Card, Task
from inference.formats.onnx_tensors import Array, Tensor, column_names, feeds

Methods = Mapping[str, Callable[[Any], Array]]

_KINDS: Final = {
    Task.CLASSIFICATION: "classifier",
    Task.REGRESSION: "regressor",
    Task.CLUSTERING: "clusterer",
    Task.OUTLIER_DETECTION: "outlier_detector",
    Task.TRANSFORMATION: "transformer",
}
_TRIED: Final = 64


class OnnxGraph:
    """A graph, loaded; estimators of scikit-learn have the same attributes."""

    # Its answers are ONNX Runtime's, and that is what metadata calls it by.
    __module__ = "onnxruntime"

    def __init__(
        self, task: Task | None, inputs: Sequence[Tensor], classes: Sequence[Any] | None, methods: Methods
    ) -> None:
        self._task = task
        names = column_names(inputs)
        if len(inputs) > 1 or inputs[0].width == 1 or inputs[0].kind == "O":
            self.feature_names_in_ = np.array(names, dtype=object)
        if all(one.width is not None for one in inputs):
            self.n_features_in_ = len(names)
        if classes is not None:
            self.classes_ = np.array(classes, dtype=None if len({*map(type, classes)}) == 1 else object)
        vars(self).update(methods)

    def __sklearn_tags__(self) -> Tags:  # scikit-learn's name
        """Say what the answers are."""
        kind = None if self._task is None else _KINDS[self._task]
        return Tags(estimator_type=kind, target_tags=TargetTags(required=False))


@dataclass(frozen=True, slots=True)
class Parts:
    """A session's inputs, and its outputs by what they can be."""

    session: Any
    inputs: tuple[Tensor, ...]
    label: Tensor | None
    maps: Tensor | None
    floats: tuple[Tensor, ...]

    @classmethod
    def of(cls, session: Any, inputs: tuple[Tensor, ...], outputs: Sequence[Tensor]) -> Parts:
        """Sort a session's outputs."""
        label = next((one for one in outputs if one.kind in "iubO" and one.width == 1), None)
        maps = next((one for one in outputs if one.kind == "M"), None)
        return cls(session, inputs, label, maps, tuple(one for one in outputs if one.kind == "f"))

    def has_scores_of(self, classes: int) -> bool:
        """Tell whether the scores may be those of so many classes; two classes may have one score."""
        return not self.floats or self.floats[0].width in {None, classes, 1 if classes == 2 else None}  # noqa: PLR2004

    def ask(self, output: Tensor, rows: Any) -> Any:
        """Run the graph for one output."""
        return self.session.run([output.name], feeds(self.inputs, rows))[0]

    def task(self, card: Card) -> Task | None:
        """Return the card's task, else what the outputs can only be, else None."""
        if card.task is not None:
            return card.task
        says_probability = any("prob" in one.name.lower() for one in self.floats)
        if self.maps or says_probability or (self.label and self.label.kind in "Ob"):
            return Task.CLASSIFICATION
        if self.label or not self.floats:
            return None
        return Task.REGRESSION if all(one.width == 1 for one in self.floats) else Task.TRANSFORMATION

    def methods(self, task: Task | None, classes: Sequence[Any] | None) -> Methods:
        """Return the methods that the outputs can answer."""
        if task is Task.CLASSIFICATION:
            return self._classifier(classes or ())
        if task in {Task.CLUSTERING, Task.OUTLIER_DETECTION}:
            second = "transform" if task is Task.CLUSTERING else "decision_function"
            return ({"predict": self._labels} if self.label else {}) | ({second: self._numbers} if self.floats else {})
        if not self.floats:
            return {"predict": self._labels} if self.label else {}
        return {"transform" if task is Task.TRANSFORMATION else "predict": self._numbers}

    def _labels(self, rows: Any) -> Array:
        assert self.label is not None  # noqa: S101  # there is this method only where there is a label
        return np.asarray(self.ask(self.label, rows)).reshape(-1)

    def _numbers(self, rows: Any) -> Array:
        parts = [np.asarray(self.ask(one, rows)) for one in self.floats]
        return parts[0] if len(parts) == 1 else np.column_stack(parts)

    def _classifier(self, classes: Sequence[Any]) -> Methods:
        values = np.array(classes, dtype=object)

        def scores(rows: Any) -> Array:
            if self.maps is not None:
                return np.array([[row[name] for name in classes] for row in self.ask(self.maps, rows)])
            answer = np.asarray(self.ask(self.floats[0], rows))
            column = answer.reshape(len(answer), -1)
            one_of_two = column.shape[1] == 1 and len(classes) == 2  # noqa: PLR2004  # two classes, one number
            return np.column_stack([1 - column, column]) if one_of_two else column

        def best(rows: Any) -> Array:
            labels: Array = values[scores(rows).argmax(axis=1)]
            return labels

        def label(rows: Any) -> Array:
            # A graph has a label for anything. Where its scores are NaN, that is no answer.
            if has_scores and np.asarray(pd.isna(rows)).any() and not np.isfinite(scores(rows)).all():
                raise ValueError("the graph has no answer where a value is missing")
            return self._labels(rows) if self.label else best(rows)

        has_scores = bool(self.maps or self.floats)
        methods: dict[str, Callable[[Any], Array]] = {"predict": label}
        if has_scores:
            methods["predict_proba" if self._are_probabilities(scores) else "decision_function"] = scores
        return methods

    def _are_probabilities(self, scores: Callable[[Any], Array]) -> bool:
        """Try whether scores are from 0 to 1 and add up to 1: converters call other scores probabilities, too."""
        columns = [self._some_values(one) for one in self.inputs for _ in range(one.width or 0)]
        matrix = np.array(columns, dtype=object).T
        try:
            answer = scores(matrix)
        except Exception:  # noqa: BLE001  # a graph may refuse values that mean nothing to it; its names must do then
            return self.maps is not None or "prob" in self.floats[0].name.lower()
        adds_up = np.allclose(answer.sum(axis=1), 1, atol=1e-4)
        return bool(adds_up and answer.min() >= 0 and answer.max() <= 1)

    @staticmethod
    def _some_values(one: Tensor) -> list[Any]:
        if one.kind == "O":
            return ["text"] * _TRIED
        if one.kind == "b":
            return [place % 2 == 1 for place in range(_TRIED)]
        return [place % 7 * (place % 5) for place in range(_TRIED)]
