"""A graph that ONNX Runtime runs, and which of its outputs is which method's answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inference.engines.onnx.conversion import CannotConvert

_NEAR: Final = 2e-5
"""Probabilities may differ by a half of this from the estimator's own, see TOLERANCE."""

_SILENT: Final = 4
"""Only what is fatal is written to stderr: other errors are raised."""


@dataclass(frozen=True, slots=True, eq=False)
class GraphOutput:
    """One output of a graph, as one method's answer."""

    name: str
    dtype: str
    """As NumPy writes it."""
    tail: tuple[int, ...]
    """The shape of one row's answer."""
    classes: NDArray[Any] | None = None
    """Where there are, the answer is the class of the greatest number in each row of the output."""

    def undecided(self, array: NDArray[Any]) -> NDArray[np.intp] | None:
        """Return the rows in which the two greatest numbers are so near that rounding may have swapped them."""
        if self.classes is None:
            return None
        two = np.partition(array, -2, axis=1)[:, -2:]
        return np.flatnonzero(two[:, 1] - two[:, 0] <= _NEAR)

    def answer(self, array: NDArray[Any], count: int) -> NDArray[Any]:
        """Return the output in the shape and type of the estimator's own answer."""
        if self.classes is not None:
            array = self.classes.take(array.argmax(axis=1))
        return array.astype(self.dtype, copy=False).reshape(count, *self.tail)


def session_options() -> Any:
    """Return how graphs are run: each option is what was quickest, see docs/engines.md."""
    import onnxruntime  # noqa: PLC0415  # an extra

    options = onnxruntime.SessionOptions()
    # The server's own threads share the processors out among the models.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = _SILENT
    return options


def open_session(content: bytes, options: Any = None) -> Any:
    """Return a session that computes in the thread which asks. Raises CannotConvert where it cannot be made."""
    import onnxruntime  # noqa: PLC0415  # as above

    try:
        return onnxruntime.InferenceSession(content, options or session_options(), providers=["CPUExecutionProvider"])
    except Exception as error:
        said = next(iter(str(error).splitlines()), "").rstrip(".")
        raise CannotConvert(f"ONNX Runtime cannot run its graph: {said}") from error


def run(session: Any, names: Sequence[str], fed: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Return outputs by their names. Raises what ONNX Runtime raises."""
    return dict(zip(names, map(np.asarray, session.run(names, fed)), strict=True))


def candidates(session: Any, expected: NDArray[Any], taken: Collection[str]) -> list[GraphOutput]:
    """Return the outputs that may be what a method answers: numbers for numbers, labels for labels."""
    wants_numbers = expected.dtype.kind == "f"
    names = [
        one.name
        for one in session.get_outputs()
        if one.name not in taken and wants_numbers == (one.type in {"tensor(float)", "tensor(double)"})
    ]
    return [GraphOutput(name, expected.dtype.str, expected.shape[1:]) for name in names]


def labels_of(probabilities: GraphOutput, expected: NDArray[Any], classes: NDArray[Any]) -> GraphOutput:
    """Return the labels that an output of probabilities says, as what a method answers."""
    return GraphOutput(probabilities.name, expected.dtype.str, expected.shape[1:], classes)
