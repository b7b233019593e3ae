"""What an ONNX file says beyond what ONNX Runtime tells of it: which classes its label is one of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from inference.errors import ArtifactError

_HANDS_ON: Final = {"Identity", "Cast", "Reshape", "Squeeze", "Unsqueeze", "Flatten"}
"""Operators after which a class is still the same class."""
_LABELS: Final = ("classlabels_strings", "classlabels_int64s", "classlabels_ints")
"""The attributes of ONNX's own classifiers that list the classes."""


def check_one_file(onnx: Any, model: Any, path: Path) -> None:
    """Refuse a graph whose weights lie in other files, which no digest covers. Raises ArtifactError."""
    for tensor in _tensors(model.graph):
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            raise ArtifactError(
                path,
                "its weights lie in another file, and only one file is loaded",
                "Save all in one: onnx.save(onnx.load(path), path), or torch.onnx.export(..., external_data=False)",
            )


def _tensors(graph: Any) -> Iterator[Any]:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for node in graph.node:
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            for inner in (attribute.g, *attribute.graphs):
                yield from _tensors(inner)


def classes_of(onnx: Any, graph: Any, output: str) -> tuple[str | int, ...] | None:
    """Return the classes that an output's labels, or the keys of its maps, are of; None where the graph does not say.

    A graph may hold classifiers whose classes are not the answer's, so the way back from the output is followed.
    """
    makers = {name: node for node in graph.node for name in node.output}
    while output in makers:
        node = makers[output]
        attributes = {attribute.name: attribute for attribute in node.attribute}
        for name in _LABELS:
            if name in attributes and (attributes[name].strings or attributes[name].ints):
                return (*(text.decode() for text in attributes[name].strings), *attributes[name].ints)
        if node.op_type == "ArrayFeatureExtractor":
            return _constant(onnx, graph, node.input[0])
        if node.op_type not in _HANDS_ON:
            return None
        output = node.input[0]
    return None


def _constant(onnx: Any, graph: Any, name: str) -> tuple[str | int, ...] | None:
    for tensor in graph.initializer:
        if tensor.name == name:
            values = onnx.numpy_helper.to_array(tensor).reshape(-1).tolist()
            labels = tuple(value.decode() if isinstance(value, bytes) else value for value in values)
            return labels if len({*labels}) == len(labels) else None  # labels of rows are no list of classes
    return None
