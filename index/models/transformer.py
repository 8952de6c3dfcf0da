"""BERT's layers as a graph that OpenVINO runs, its weights in eight bits.

Each row of a weight matrix is rounded to eight bits with a scale of its own, and each token's values likewise as they
come ("dynamic quantisation"). A CPU that multiplies eight bits (VNNI: most since 2019) reads passages so 1.4 times as
fast as torch in bfloat16 and 2.3 times as fast as in float32; without rounded values, as others do, it is about as fast
as torch. Vectors have a mean cosine of 0.9993 to those of float32 (benchmarks/precision.py). The graph is made here and
not converted from torch, which takes two seconds and 250 MB before it does anything.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from index.models.encoder import FloatArray

Weights: TypeAlias = "Mapping[str, FloatArray]"
# A node of OpenVINO's graph: its Python stubs name no common base of all.
Node: TypeAlias = Any

HEADS = 12
HIDDEN = 384
# Of a token's values, how many share a scale when they are rounded: rounding then adds nothing to the error of the
# eight-bit weights, and takes 7 % longer than one scale for all.
_QUANTISED_TOGETHER = 64
# Added to the scores of padding before the softmax.
_UNSEEN = -1e9


def openvino() -> Any:
    """Return the module `openvino`, imported without its converter: that tells Intel each time it is imported."""
    if "openvino" not in sys.modules:
        converter = "openvino.tools.ovc"
        # So Python says that there is none, which the module expects.
        sys.modules[converter] = None  # type: ignore[assignment]
        try:
            importlib.import_module("openvino")
        finally:
            del sys.modules[converter]
    return sys.modules["openvino"]


@cache
def core() -> Any:
    """Return the one `openvino.Core` of this process.

    Each sets a stack for signals of its own, and sets back what it found when it goes: with several, one that is gone
    may be left, on which the next signal ends the process.
    """
    return openvino().Core()


def mapped_tensors(path: Path) -> dict[str, FloatArray]:
    """Return the float32 tensors of a safetensors file by name, mapped into memory: what is not used is not read.

    The embeddings of 250,000 tokens are 384 MB, of which a text needs a few rows.
    """
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        header = json.loads(stream.read(length))
    content = np.memmap(path, np.uint8, mode="r", offset=8 + length)
    return {
        name: content[slice(*entry["data_offsets"])].view("<f4").reshape(entry["shape"])
        for name, entry in header.items()
        if name != "__metadata__"
    }


def embedded_tokens(weights: Weights, ids: npt.NDArray[np.int64]) -> FloatArray:
    """Return the sum of each token's three embeddings, shape (t, HIDDEN), before it is normalised."""
    summed: FloatArray = (
        weights["embeddings.word_embeddings.weight"][ids]
        + weights["embeddings.position_embeddings.weight"][: len(ids)]
        + weights["embeddings.token_type_embeddings.weight"][0]
    )
    return summed


def padding(lengths: npt.NDArray[np.int64], width: int) -> FloatArray:
    """Return what is added to the scores of texts of some lengths in a batch `width` tokens wide.

    Shape (n, 1, 1, width).
    """
    hidden = np.arange(width) >= lengths[:, None]
    return (hidden * np.float32(_UNSEEN))[:, None, None, :]


def layers(weights: Weights, numbers: range, states: Node, mask: Node | None = None) -> Node:
    """Return the states after some layers of BERT (Devlin et al. 2019), which normalise after each of their two parts.

    Args:
        weights: by their names in a BertModel.
        states: shape (n, t, HIDDEN).
        mask: added to the scores, as `padding` has it; None where nothing is padding.
    """
    for number in numbers:
        states = _layer(weights, f"encoder.layer.{number}", states, mask)
    return states


def embedding_norm(weights: Weights, states: Node) -> Node:
    """Return the states that the first layer reads, of `embedded_tokens`."""
    return _norm(weights, "embeddings.LayerNorm", states)


def _dense(weights: Weights, name: str, values: Node) -> Node:
    """Return values through a linear layer, its weights in eight bits."""
    ops = openvino().opset13
    matrix, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
    scales = np.abs(matrix).max(axis=1, keepdims=True) / np.float32(127)
    scales = np.where(scales == 0, np.float32(1), scales).astype(np.float32)
    rounded = ops.convert(ops.constant(np.round(matrix / scales).astype(np.int8)), np.float32)
    made = ops.matmul(values, ops.multiply(rounded, ops.constant(scales)), transpose_a=False, transpose_b=True)
    return ops.add(made, ops.constant(bias.reshape(1, 1, -1)))


def linear(weights: Weights, name: str, values: Node) -> Node:
    """Return values through a small linear layer, its weights as they are."""
    ops = openvino().opset13
    made = ops.matmul(values, ops.constant(weights[f"{name}.weight"]), transpose_a=False, transpose_b=True)
    return ops.add(made, ops.constant(weights[f"{name}.bias"].reshape(1, 1, -1)))


def _layer(weights: Weights, name: str, states: Node, mask: Node | None) -> Node:
    ops = openvino().opset13
    heads, whole, swapped = (
        ops.constant(np.asarray(numbers, np.int64)) for numbers in ([0, 0, HEADS, -1], [0, 0, -1], [0, 2, 1, 3])
    )

    def part(kind: str) -> Node:
        made = _dense(weights, f"{name}.attention.self.{kind}", states)
        return ops.transpose(ops.reshape(made, heads, special_zero=True), swapped)

    seen = ops.scaled_dot_product_attention(*map(part, ("query", "key", "value")), *([mask] if mask else []))
    seen = ops.reshape(ops.transpose(seen, swapped), whole, special_zero=True)
    states = ops.add(states, _dense(weights, f"{name}.attention.output.dense", seen))
    states = _norm(weights, f"{name}.attention.output.LayerNorm", states)
    made = ops.gelu(_dense(weights, f"{name}.intermediate.dense", states), "erf")
    return _norm(weights, f"{name}.output.LayerNorm", ops.add(states, _dense(weights, f"{name}.output.dense", made)))


def _norm(weights: Weights, name: str, states: Node) -> Node:
    ops = openvino().opset13
    last = ops.constant(np.asarray([-1], np.int64))
    normal = ops.mvn(states, last, normalize_variance=True, eps=1e-12, eps_mode="inside_sqrt")
    scaled = ops.multiply(normal, ops.constant(weights[f"{name}.weight"].reshape(1, 1, -1)))
    return ops.add(scaled, ops.constant(weights[f"{name}.bias"].reshape(1, 1, -1)))


class Network:
    """A compiled graph: arrays in, its first output out. Threads may share it; one computes at a time.

    It uses all cores, or as many as OMP_NUM_THREADS says.

    Args:
        output: of the graph.
        inputs: in the order in which they are given.
    """

    def __init__(self, output: Node, inputs: Sequence[Node]) -> None:
        model = openvino().Model([output], list(inputs), "network")
        options: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            # Nearly the same numbers on every CPU, and short texts faster than in bfloat16.
            "INFERENCE_PRECISION_HINT": "f32",
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": str(_QUANTISED_TOGETHER),
            # Two processes would pin their threads to the same cores.
            "ENABLE_CPU_PINNING": False,
        }
        if (threads := os.environ.get("OMP_NUM_THREADS", "")).isdecimal() and int(threads):
            options["INFERENCE_NUM_THREADS"] = int(threads)
        self._request = core().compile_model(model, "CPU", options).create_infer_request()
        self._lock = threading.Lock()

    def __call__(self, *inputs: FloatArray) -> FloatArray:
        """Return the output for the inputs, in the graph's order."""
        with self._lock:
            found: FloatArray = self._request.infer(list(inputs))[0]
        return found


def states_of(name: str) -> Node:
    """Return an input of a graph: states, shape (n, t, HIDDEN)."""
    ops = openvino().opset13
    return ops.parameter([-1, -1, HIDDEN], np.float32, name)


def padding_of(name: str) -> Node:
    """Return an input of a graph: what `padding` returns."""
    return openvino().opset13.parameter([-1, 1, 1, -1], np.float32, name)
