"""A function of one event as an ONNX file for a batch of events."""

import importlib
import os
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax
import numpy as np

from ..core import LikelyError, write_whole
from .signature import INPUT, called, names_of, outputs_of, shapes_of
from .translation import Graph, Node, Tensor, kind_of, translated

# Known to every runtime of the last years; onnx itself writes a version of the file
# format that onnxruntime cannot read yet.
OPSET, FORMAT = 18, 10
EVENTS = "events"
_MOST_BYTES = 2**31  # of a message of protobuf


def export_onnx(
    function: Callable[[Any], Any],
    example: Any,
    file: str | os.PathLike[str],
    *,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write a function of one event as an ONNX model of many.

    The axis of events is the first of each input and output, and of any length. Inputs
    are named as the keys of the example, or `inputs`; outputs as the keys of what the
    function returns, or `predictions`. Arithmetic in 16 bits is written in 32.

    Args:
        function: Of arrays, such as a network with its weights.
        example: What it takes for one event: an array, or a dictionary or a tuple.
        file: The file to make or to replace, usually `.onnx`.
        metadata: Texts that the file keeps by name.

    Raises:
        LikelyError: If the package onnx is not there, the function has an operation
            that cannot be written, or the file cannot be written.
    """
    onnx = _onnx()
    shapes = shapes_of(example)
    graph = graph_of(function, shapes)
    for name, text in (metadata or {}).items():
        if not isinstance(name, str) or not isinstance(text, str):
            raise LikelyError(
                f"`metadata` must be texts by name; got {text!r:.80} as {name!r:.80}, "
                "which `str` or `json.dumps` makes a text."
            )
    if sum(array.nbytes for array in graph.constants.values()) >= _MOST_BYTES:
        raise LikelyError(
            "an ONNX file holds less than 2 GiB, and the weights are more; write "
            "StableHLO."
        )
    content = _model(onnx, graph, metadata or {}).SerializeToString()
    write_whole(Path(file), content)


def graph_of(function: Callable[[Any], Any], shapes: Any) -> Graph:
    """Return a function as a graph, without operations that no output needs.

    Args:
        function: Of one event.
        shapes: Shape and type of each array that it takes.

    Raises:
        LikelyError: If JAX cannot trace the function, an operation cannot be written,
            or two names are the same.
    """
    program, result = called(
        lambda: jax.make_jaxpr(function, return_shape=True)(shapes)
    )
    outputs = outputs_of(result)
    inputs = names_of(shapes, INPUT)
    both = [name for name in inputs if name in outputs]
    if both:
        raise LikelyError(
            f"`{both[0]}` is an input and an output, which needs two names in a graph; "
            "rename one."
        )
    graph = Graph(reserved=(*inputs, *outputs))
    for name, leaf in zip(inputs, jax.tree.leaves(shapes), strict=True):
        graph.input(name, leaf.shape, kind_of(leaf.dtype))
    found = translated(program, graph)
    for name, value in zip(outputs, found, strict=True):
        last = graph.full(value)
        graph.nodes.append(Node("Identity", (last.name,), (name,), {}))
        graph.outputs.append(Tensor(name, last.shape, last.dtype))
    prune(graph)
    return graph


def prune(graph: Graph) -> None:
    """Take out of a graph what no output needs."""
    wanted = _kept(graph)
    for name in graph.constants.keys() - wanted:
        del graph.constants[name]


def _kept(graph: Graph) -> set[str]:
    """Return the names that are needed, and keep only the nodes that make them."""
    wanted = {output.name for output in graph.outputs}
    nodes = []
    for node in reversed(graph.nodes):
        if wanted.isdisjoint(node.outputs):
            continue
        nodes.append(node)
        wanted |= set(node.inputs)
        for value in node.attributes.values():
            if isinstance(value, Graph):
                wanted |= _kept(value)
    graph.nodes[:] = nodes[::-1]
    return wanted


def _onnx() -> Any:
    try:
        return importlib.import_module("onnx")
    except ImportError:
        raise LikelyError(
            "ONNX files are written by the package onnx, which is not installed: "
            "pip install 'likely[onnx]'."
        ) from None


def _model(onnx: Any, graph: Graph, metadata: Mapping[str, str]) -> Any:
    model = onnx.helper.make_model(
        _graph(onnx, graph, "likely"),
        opset_imports=[onnx.helper.make_opsetid("", OPSET)],
        ir_version=FORMAT,
        producer_name="likely",
        producer_version=version("likely"),
    )
    onnx.helper.set_model_props(model, dict(metadata))
    onnx.checker.check_model(model)
    return model


def _graph(onnx: Any, graph: Graph, name: str) -> Any:
    constants = graph.constants if graph.outer is None else {}
    return onnx.helper.make_graph(
        [_node(onnx, node) for node in graph.nodes],
        name,
        [_described(onnx, tensor) for tensor in graph.inputs],
        [_described(onnx, tensor) for tensor in graph.outputs],
        [onnx.numpy_helper.from_array(a, n) for n, a in constants.items()],
    )


def _node(onnx: Any, node: Node) -> Any:
    attributes = {}
    for name, value in node.attributes.items():
        if isinstance(value, Graph):
            value = _graph(onnx, value, name)
        elif isinstance(value, np.dtype):
            value = onnx.helper.np_dtype_to_tensor_dtype(value)
        attributes[name] = value
    return onnx.helper.make_node(node.op, node.inputs, node.outputs, **attributes)


def _described(onnx: Any, tensor: Tensor) -> Any:
    kind = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(tensor.dtype))
    shape = [EVENTS, *tensor.shape]
    return onnx.helper.make_tensor_value_info(tensor.name, kind, shape)
