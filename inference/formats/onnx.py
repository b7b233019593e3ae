"""ONNX: a graph from any framework, run by ONNX Runtime. To load one runs no code of its author's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inference.card import Task
from inference.errors import ArtifactError
from inference.formats.explained import explained, library
from inference.formats.format import Artifact, Format, Opened
from inference.formats.onnx_estimator import OnnxGraph, Parts
from inference.formats.onnx_graph import check_one_file, classes_of
from inference.formats.onnx_tensors import input_tensors, output_tensors
from inference.signature.declared import DeclaredColumn

_SILENT = 4
"""Only what is fatal is written to stderr: other errors are raised."""


def _load(artifact: Artifact) -> Opened:
    onnx = library("onnx", "onnx onnxruntime", artifact.path)
    runtime = library("onnxruntime", "onnx onnxruntime", artifact.path)
    with explained(artifact.path, "It is damaged, or no ONNX file that this version of ONNX Runtime can run"):
        model = onnx.load_model_from_string(artifact.content)
        check_one_file(onnx, model, artifact.path)
        session = _session(runtime, artifact.content)
    inputs = input_tensors(session, artifact.path)
    parts = Parts.of(session, inputs, output_tensors(session))
    task = parts.task(artifact.card)
    classes = _classes(onnx, model.graph, parts, artifact) if task is Task.CLASSIFICATION else None
    methods = parts.methods(task, classes)
    if not methods:
        names = ", ".join(f"{one.name} ({one.type})" for one in session.get_outputs())
        raise ArtifactError(
            artifact.path,
            f"its outputs cannot be served: {names}",
            "Export a graph with an output of the shape [rows] or [rows, columns]",
        )
    columns = [DeclaredColumn(one.feature_type) for one in inputs for _ in range(one.width or 0)]
    return Opened(OnnxGraph(task, inputs, classes, methods), tuple(columns))


def _session(runtime: Any, content: bytes) -> Any:
    options = runtime.SessionOptions()
    # The server's own threads share the processors out among the models.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _SILENT
    return runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _classes(onnx: Any, graph: Any, parts: Parts, artifact: Artifact) -> Sequence[Any]:
    """Return the classes in the order of the probabilities: the graph's, else the card's."""
    for output in (parts.maps, parts.label):
        classes = classes_of(onnx, graph, output.name) if output else None
        if classes and (parts.maps or parts.has_scores_of(len(classes))):
            return classes
    if not artifact.card.classes:
        raise ArtifactError(
            artifact.path,
            "it is a classifier that does not say which classes it knows",
            "List them in card.yaml, in the order of its probabilities: `classes: { first: {}, second: {} }`",
        )
    kind = parts.label.kind if parts.label else ""
    labels = list(artifact.card.classes)
    return [int(label) for label in labels] if kind in {"i", "u"} else list(map(str, labels)) if kind == "O" else labels


ONNX = Format("onnx", (".onnx",), _load)
