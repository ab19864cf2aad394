"""Writes the MiniLM sentence encoder as an int8 ONNX graph. Used once, at set-up.

The graph is the published all-MiniLM-L6-v2: BERT with 6 layers, 384 wide, 12 heads, mean of the
token vectors, length 1. Weight matrices are int8 per output column, activations are quantised when
they are known (`DynamicQuantizeLinear`), embeddings are int8 per row.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from assistant.safetensors import read_safetensors

LAYERS = 6
WIDTH = 384
HEADS = 12
POSITIONS = 256
EPSILON = 1e-12
# Seven bits of the eight: on processors without VNNI the 16-bit sums of u8 x s8 products saturate.
WEIGHT_RANGE = 63.0

Array = NDArray[Any]


class _Graph:
    """Collects nodes and constants under short unique names."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}
        self._count = 0

    def constant(self, name: str, value: Array) -> str:
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def add(self, op: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        self._count += 1
        names = [f"{op}_{self._count}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else names

    def ints(self, *values: int) -> str:
        name = "ints_" + "_".join(str(v).replace("-", "m") for v in values)
        return self.constant(name, np.array(values, dtype=np.int64))


def quantise_columns(matrix: Array) -> tuple[Array, Array]:
    """int8 matrix and float32 scale of each column: `matrix` is about `quantised * scale`."""
    scale = np.maximum(np.abs(matrix).max(axis=0), 1e-8) / WEIGHT_RANGE
    return np.rint(matrix / scale).astype(np.int8), scale.astype(np.float32)


def _linear(g: _Graph, x: str, name: str, weight: Array, bias: Array) -> str:
    """`x @ weight.T + bias` in int8, dequantised."""
    quantised, scale = quantise_columns(weight.T)
    q, a_scale, a_zero = g.add("DynamicQuantizeLinear", x, outputs=3)
    w = g.constant(f"{name}.w", quantised)
    w_zero = g.constant("w_zero", np.zeros((), dtype=np.int8))
    product = g.add("MatMulInteger", q, w, a_zero, w_zero)
    as_float = g.add("Cast", product, to=TensorProto.FLOAT)
    scales = g.add("Mul", a_scale, g.constant(f"{name}.s", scale))
    scaled = g.add("Mul", as_float, scales)
    return str(g.add("Add", scaled, g.constant(f"{name}.b", bias)))


def _norm(g: _Graph, x: str, name: str, weights: dict[str, Array]) -> str:
    gamma = g.constant(f"{name}.weight", weights[f"{name}.weight"])
    beta = g.constant(f"{name}.bias", weights[f"{name}.bias"])
    return str(g.add("LayerNormalization", x, gamma, beta, axis=-1, epsilon=EPSILON))


def _embed(g: _Graph, weights: dict[str, Array]) -> str:
    table = weights["embeddings.word_embeddings.weight"]
    scale = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-8) / 127.0
    rows = np.rint(table / scale).astype(np.int8)
    picked = g.add("Gather", g.constant("words", rows), "input_ids")
    scales = g.add("Gather", g.constant("word_scales", scale.astype(np.float32)), "input_ids")
    words = g.add("Mul", g.add("Cast", picked, to=TensorProto.FLOAT), scales)
    length = g.add("Slice", g.add("Shape", "input_ids"), g.ints(1), g.ints(2))
    fixed = weights["embeddings.position_embeddings.weight"][:POSITIONS]
    fixed = fixed + weights["embeddings.token_type_embeddings.weight"][0]
    places = g.add("Slice", g.constant("places", fixed), g.ints(0), length, g.ints(0))
    return _norm(g, g.add("Add", words, places), "embeddings.LayerNorm", weights)


def _heads(g: _Graph, x: str, transpose: list[int]) -> str:
    split = g.add("Reshape", x, g.ints(0, 0, HEADS, WIDTH // HEADS))
    return str(g.add("Transpose", split, perm=transpose))


def _attention(g: _Graph, x: str, prefix: str, mask: str, weights: dict[str, Array]) -> str:
    parts = ["query", "key", "value"]
    matrix = np.concatenate([weights[f"{prefix}.self.{p}.weight"] for p in parts])
    bias = np.concatenate([weights[f"{prefix}.self.{p}.bias"] for p in parts])
    together = _linear(g, x, f"{prefix}.qkv", matrix, bias)
    sizes = g.ints(WIDTH, WIDTH, WIDTH)
    query, key, value = g.add("Split", together, sizes, outputs=3, axis=-1)
    scores = g.add("MatMul", _heads(g, query, [0, 2, 1, 3]), _heads(g, key, [0, 2, 3, 1]))
    root = g.constant("root", np.array(1.0 / np.sqrt(WIDTH / HEADS), dtype=np.float32))
    masked = g.add("Add", g.add("Mul", scores, root), mask)
    mixed = g.add("MatMul", g.add("Softmax", masked, axis=-1), _heads(g, value, [0, 2, 1, 3]))
    back = g.add("Transpose", mixed, perm=[0, 2, 1, 3])
    merged = g.add("Reshape", back, g.ints(0, 0, WIDTH))
    name = f"{prefix}.output.dense"
    out = _linear(g, merged, name, weights[f"{name}.weight"], weights[f"{name}.bias"])
    return _norm(g, g.add("Add", out, x), f"{prefix}.output.LayerNorm", weights)


def _gelu(g: _Graph, x: str) -> str:
    """`x * 0.5 * (1 + erf(x / sqrt 2))`, in the order the runtime knows how to fuse."""
    inner = g.add("Div", x, g.constant("sqrt2", np.array(np.sqrt(2.0), dtype=np.float32)))
    grown = g.add("Add", g.add("Erf", inner), g.constant("one", np.array(1.0, dtype=np.float32)))
    return str(
        g.add("Mul", g.add("Mul", x, grown), g.constant("half", np.array(0.5, dtype=np.float32)))
    )


def _layer(g: _Graph, x: str, index: int, mask: str, weights: dict[str, Array]) -> str:
    prefix = f"encoder.layer.{index}"
    attended = _attention(g, x, f"{prefix}.attention", mask, weights)
    up, down = f"{prefix}.intermediate.dense", f"{prefix}.output.dense"
    wide = _linear(g, attended, up, weights[f"{up}.weight"], weights[f"{up}.bias"])
    narrow = _linear(g, _gelu(g, wide), down, weights[f"{down}.weight"], weights[f"{down}.bias"])
    return _norm(g, g.add("Add", narrow, attended), f"{prefix}.output.LayerNorm", weights)


def _pool(g: _Graph, x: str, keep: str) -> None:
    """Mean of the token vectors that are kept, scaled to length 1, as output `vector`."""
    weighted = g.add("Mul", x, g.add("Unsqueeze", keep, g.ints(2)))
    total = g.add("ReduceSum", weighted, g.ints(1), keepdims=0)
    count = g.add("ReduceSum", keep, g.ints(1), keepdims=1)
    mean = g.add("Div", total, count)
    length = g.add("ReduceL2", mean, axes=[1], keepdims=1)
    g.nodes.append(helper.make_node("Div", [mean, length], ["vector"]))


def minilm_int8(safetensors: bytes) -> bytes:
    """The ONNX file of the encoder: inputs `input_ids` and `attention_mask` (int64, batch x
    length), output `vector` (float32, batch x 384). The same input gives the same bytes."""
    weights = read_safetensors(safetensors)
    g = _Graph()
    keep = g.add("Cast", "attention_mask", to=TensorProto.FLOAT)
    absent = g.add("Sub", g.constant("one", np.array(1.0, dtype=np.float32)), keep)
    penalty = g.add("Mul", absent, g.constant("far", np.array(-1e4, dtype=np.float32)))
    mask = g.add("Unsqueeze", penalty, g.ints(1, 2))
    x = _embed(g, weights)
    for index in range(LAYERS):
        x = _layer(g, x, index, mask, weights)
    _pool(g, x, keep)
    shape = ["batch", "length"]
    graph = helper.make_graph(
        g.nodes,
        "all-MiniLM-L6-v2",
        [
            helper.make_tensor_value_info("input_ids", TensorProto.INT64, shape),
            helper.make_tensor_value_info("attention_mask", TensorProto.INT64, shape),
        ],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["batch", WIDTH])],
        initializer=list(g.constants.values()),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString(deterministic=True)
    return data
