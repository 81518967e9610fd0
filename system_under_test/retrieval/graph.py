"""The ONNX graph of all-MiniLM-L6-v2, built from its safetensors: BERT encoder, mean pooling, L2 normalisation.

Six layers, twelve heads of 32, hidden size 384. Inputs `ids` int64 [B,S] and `mask` float32 [B,S]; output `emb`
float32 [B,384]. Opset 20 (Gelu needs 20, LayerNormalization 17), IR version 9.
"""

from collections.abc import Mapping

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

GRAPH_VERSION = "1"
"""Changes whenever the graph built from the same weights would change."""

LAYERS, HEADS, HEAD_SIZE, HIDDEN = 6, 12, 32, 384
_EPSILON = 1e-12
_MASKED = -1e9

Weights = Mapping[str, NDArray[np.float32]]


class _Graph:
    """Collects nodes and initialisers; every method returns the name of its output."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.initialisers: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, value: NDArray[np.float32] | NDArray[np.int64]) -> str:
        if name not in self.initialisers:
            self.initialisers[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def weight(self, name: str, *, transposed: bool = False) -> str:
        value = self._weights[name]
        return self.constant(name, value.T if transposed else value)

    def first_row(self, name: str) -> str:
        # Every text is a single segment, so only the first token type is ever used.
        return self.constant(f"{name}.0", self._weights[name][0])

    def node(self, kind: str, *inputs: str, **attributes: float | str | list[int]) -> str:
        output = f"n{len(self.nodes)}"
        node = helper.make_node(kind, list(inputs), [output])
        node.attribute.extend(helper.make_attribute(name, value) for name, value in attributes.items())
        self.nodes.append(node)
        return output

    def dense(self, value: str, prefix: str) -> str:
        # Dense weights are stored as (output, input), so they are transposed once here.
        product = self.node("MatMul", value, self.weight(f"{prefix}.weight", transposed=True))
        return self.node("Add", product, self.weight(f"{prefix}.bias"))

    def norm(self, value: str, prefix: str) -> str:
        weights = (self.weight(f"{prefix}.weight"), self.weight(f"{prefix}.bias"))
        return self.node("LayerNormalization", value, *weights, axis=-1, epsilon=_EPSILON)


def build_graph(weights: Weights) -> onnx.ModelProto:
    """The checked model. `weights` are the tensors of model.safetensors by name; a missing one is a KeyError."""
    graph = _Graph(weights)
    hidden = _embeddings(graph)
    bias = _mask_bias(graph)
    for layer in range(LAYERS):
        hidden = _layer(graph, hidden, bias, f"encoder.layer.{layer}")
    pooled = _pooled(graph, hidden)
    graph.nodes.append(helper.make_node("LpNormalization", [pooled], ["emb"], axis=1, p=2))
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "all-MiniLM-L6-v2",
            [
                helper.make_tensor_value_info("ids", TensorProto.INT64, ["B", "S"]),
                helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["B", "S"]),
            ],
            [helper.make_tensor_value_info("emb", TensorProto.FLOAT, ["B", HIDDEN])],
            initializer=list(graph.initialisers.values()),
        ),
        opset_imports=[helper.make_opsetid("", 20)],
        ir_version=9,
    )
    onnx.checker.check_model(model)
    return model


def _embeddings(graph: _Graph) -> str:
    words = graph.node("Gather", graph.weight("embeddings.word_embeddings.weight"), "ids")
    length = graph.node("Slice", graph.node("Shape", "ids"), _ints(graph, "one", [1]), _ints(graph, "two", [2]))
    table = graph.weight("embeddings.position_embeddings.weight")
    positions = graph.node("Slice", table, _ints(graph, "zero", [0]), length)
    token_type = graph.first_row("embeddings.token_type_embeddings.weight")
    total = graph.node("Add", graph.node("Add", words, positions), token_type)
    return graph.norm(total, "embeddings.LayerNorm")


def _mask_bias(graph: _Graph) -> str:
    absent = graph.node("Sub", graph.constant("f1", np.array(1, np.float32)), "mask")
    bias = graph.node("Mul", absent, graph.constant("masked", np.array(_MASKED, np.float32)))
    return graph.node("Unsqueeze", bias, _ints(graph, "axes12", [1, 2]))


def _layer(graph: _Graph, hidden: str, bias: str, prefix: str) -> str:
    split = _ints(graph, "split", [0, 0, HEADS, HEAD_SIZE])

    def heads(name: str, order: tuple[int, ...]) -> str:
        projected = graph.dense(hidden, f"{prefix}.attention.self.{name}")
        return graph.node("Transpose", graph.node("Reshape", projected, split), perm=list(order))

    query, key, value = heads("query", (0, 2, 1, 3)), heads("key", (0, 2, 3, 1)), heads("value", (0, 2, 1, 3))
    scale = graph.constant("scale", np.array(1 / np.sqrt(HEAD_SIZE), np.float32))
    scores = graph.node("Add", graph.node("Mul", graph.node("MatMul", query, key), scale), bias)
    context = graph.node("MatMul", graph.node("Softmax", scores, axis=-1), value)
    joined = graph.node("Transpose", context, perm=[0, 2, 1, 3])
    merged = graph.node("Reshape", joined, _ints(graph, "join", [0, 0, HIDDEN]))
    attended = graph.node("Add", graph.dense(merged, f"{prefix}.attention.output.dense"), hidden)
    hidden = graph.norm(attended, f"{prefix}.attention.output.LayerNorm")
    wide = graph.node("Gelu", graph.dense(hidden, f"{prefix}.intermediate.dense"), approximate="none")
    narrow = graph.node("Add", graph.dense(wide, f"{prefix}.output.dense"), hidden)
    return graph.norm(narrow, f"{prefix}.output.LayerNorm")


def _pooled(graph: _Graph, hidden: str) -> str:
    mask = graph.node("Unsqueeze", "mask", _ints(graph, "two", [2]))
    axis = _ints(graph, "one", [1])
    total = graph.node("ReduceSum", graph.node("Mul", hidden, mask), axis, keepdims=0)
    return graph.node("Div", total, graph.node("ReduceSum", mask, axis, keepdims=0))


def _ints(graph: _Graph, name: str, values: list[int]) -> str:
    return graph.constant(name, np.array(values, np.int64))
