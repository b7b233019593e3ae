"""Small ONNX graphs for tests."""

from __future__ import annotations

from typing import Any

from onnx import TensorProto, helper


def graph(node: Any, inputs: list[Any], outputs: list[Any], **parts: Any) -> bytes:
    """Make a graph of one node, or several."""
    made = helper.make_graph(node if isinstance(node, list) else [node], "made", inputs, outputs, **parts)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    content: bytes = model.SerializeToString()
    return content


def tensor(name: str, *shape: int | str | None, kind: int = TensorProto.FLOAT) -> Any:
    return helper.make_tensor_value_info(name, kind, list(shape))


def softmax(name: str = "probabilities", op: str = "Softmax") -> bytes:
    return graph(helper.make_node(op, ["x"], [name]), [tensor("x", "batch", 3)], [tensor(name, "batch", 3)])
