"""A graph that ONNX Runtime runs, and which of its outputs is which method's answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inference.engines.onnx.conversion import CannotConvert

_SILENT: Final = 4
"""Only what is fatal is written to stderr: other errors are raised."""


@dataclass(frozen=True, slots=True)
class GraphOutput:
    """One output of a graph, as one method's answer."""

    name: str
    dtype: str
    """As NumPy writes it."""
    tail: tuple[int, ...]
    """The shape of one row's answer."""

    def answer(self, array: NDArray[Any], count: int) -> NDArray[Any]:
        """Return the output in the shape and type of the estimator's own answer."""
        return array.astype(self.dtype, copy=False).reshape(count, *self.tail)


def open_session(content: bytes) -> Any:
    """Return a session that computes in the thread which asks. Raises CannotConvert where it cannot be made."""
    import onnxruntime  # noqa: PLC0415  # an extra

    options = onnxruntime.SessionOptions()
    # The server's own threads share the processors out among the models.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = _SILENT
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        said = next(iter(str(error).splitlines()), "").rstrip(".")
        raise CannotConvert(f"ONNX Runtime cannot run its graph: {said}") from error


def run(session: Any, outputs: Mapping[str, GraphOutput], fed: Mapping[str, Any], count: int) -> dict[str, Any]:
    """Return the answers of some methods. Raises what ONNX Runtime raises."""
    found = session.run([output.name for output in outputs.values()], fed)
    pairs = zip(outputs.items(), found, strict=True)
    return {method: output.answer(np.asarray(array), count) for (method, output), array in pairs}


def candidates(session: Any, expected: NDArray[Any], taken: Collection[str]) -> list[GraphOutput]:
    """Return the outputs that may be what a method answers: numbers for numbers, labels for labels."""
    wants_numbers = expected.dtype.kind == "f"
    names = [
        one.name
        for one in session.get_outputs()
        if one.name not in taken and wants_numbers == (one.type in {"tensor(float)", "tensor(double)"})
    ]
    return [GraphOutput(name, expected.dtype.str, expected.shape[1:]) for name in names]
