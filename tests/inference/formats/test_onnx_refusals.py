"""ONNX files that cannot be served are refused with the file, the reason and the mend."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from inference.card import Card
from inference.errors import ArtifactError
from inference.formats.format import Artifact
from inference.formats.onnx import ONNX
from tests.inference.graphs import graph, softmax, tensor


def refusal(content: bytes, **card: Any) -> ArtifactError:
    with pytest.raises(ArtifactError) as raised:
        ONNX.load(Artifact(Path("m/model.onnx"), content, Card(**card)))
    assert raised.value.where == "m/model.onnx"
    return raised.value


def test_inputs_of_different_first_axes_are_refused() -> None:
    node = helper.make_node("MatMul", ["a", "b"], ["c"])
    error = refusal(graph(node, [tensor("a", "n", 2), tensor("b", "m", 2)], [tensor("c", "n", 2)]))
    assert error.why.endswith("they are not columns of the same rows: 'n' of 'a', 'm' of 'b'")
    assert error.mend == "Export it with one name for the first axis of all inputs"


def test_a_graph_that_takes_one_row_at_a_time_is_refused() -> None:
    error = refusal(graph(helper.make_node("Neg", ["x"], ["y"]), [tensor("x", 1, 3)], [tensor("y", 1, 3)]))
    assert error.why == "its input 'x' has the shape [1, 3]: it takes 1 rows at a time, no others"
    assert error.mend == "Export it with a first axis that is dynamic"


@pytest.mark.parametrize("shape", [("n", 28, 28), ()])
def test_inputs_that_are_no_rows_are_refused(shape: tuple[Any, ...]) -> None:
    error = refusal(graph(helper.make_node("Neg", ["x"], ["y"]), [tensor("x", *shape)], [tensor("y", *shape)]))
    shown = ", ".join(map(str, shape))
    assert error.why.startswith(f"its input 'x' is a tensor(float) of the shape [{shown}], and rows of plain values")


def test_outputs_that_cannot_be_served_are_refused_by_name() -> None:
    node = helper.make_node("Unsqueeze", ["x", "axis"], ["y"])
    axis = numpy_helper.from_array(np.array([1]), "axis")
    error = refusal(graph(node, [tensor("x", "n", 3)], [tensor("y", "n", 1, 3)], initializer=[axis]))
    assert error.why == "its outputs cannot be served: y (tensor(float))"


def test_weights_in_another_file_are_refused() -> None:
    weights = numpy_helper.from_array(np.ones(3, dtype=np.float32), "w")
    model = onnx.load_model_from_string(
        graph(helper.make_node("Mul", ["x", "w"], ["y"]), [tensor("x", "n", 3)], [tensor("y", "n", 3)])
    )
    onnx.external_data_helper.set_external_data(weights, location="../../secret.bin")
    model.graph.initializer.append(weights)
    error = refusal(model.SerializeToString())
    assert error.why == "its weights lie in another file, and only one file is loaded"


@pytest.mark.parametrize("content", [b"", b"no graph", b"\x08\x09"])
def test_a_file_of_something_else_is_refused(content: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    assert refusal(content).why.startswith("it cannot be read: ")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("missing", ["onnx", "onnxruntime"])
def test_without_its_libraries_the_error_says_how_to_install_them(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    assert refusal(softmax()).mend == "Run where the server runs: pip install onnx onnxruntime"
