"""Operations that move numbers and do not change them."""

from collections.abc import Sequence

import numpy as np

from ...core import LikelyError
from .graph import Graph, Tensor, Value, is_tensor
from .lookups import by_value
from .operation import Operation, Rule, reshaped

# The end of an axis, for a slice that goes backwards.
_BEFORE_ALL = np.iinfo(np.int64).min


def _reshape(o: Operation) -> Tensor:
    if o.params.get("dimensions") is not None:
        raise LikelyError(
            "the model reshapes with its axes in another order, for which there is no "
            "rule here; transpose first."
        )
    return o.reshaped(o.values[0])


def _squeeze(o: Operation) -> Tensor:
    return o.reshaped(o.values[0])


def _broadcast(o: Operation) -> Tensor:
    x, places = o.values[0], o.params["broadcast_dimensions"]
    ones = [1] * len(o.shape)
    for place, size in zip(places, x.shape, strict=True):
        ones[place] = size
    name = reshaped(o.graph, x, tuple(ones))
    if tuple(ones) != o.shape:
        name = o.graph.add("Expand", name, (1, *o.shape))
    return o.result(name)


def transposed(graph: Graph, name: str, order: Sequence[int]) -> str:
    """Return the name of a value with its axes, that of events too, in an order."""
    if list(order) == sorted(order):
        return name
    return graph.add("Transpose", name, attributes={"perm": list(order)})


def _transpose(o: Operation) -> Tensor:
    order = [0, *(i + 1 for i in o.params["permutation"])]
    return o.result(transposed(o.graph, o.values[0].name, order))


def sliced(
    graph: Graph,
    value: Tensor | str,
    starts: Sequence[int],
    ends: Sequence[int],
    steps: Sequence[int],
) -> str:
    """Return the name of a part of a value, from start to end along its axes."""
    axes = [i + 1 for i in range(len(starts))]
    return graph.add("Slice", value, list(starts), list(ends), axes, list(steps))


def _slice(o: Operation) -> Tensor:
    starts, ends = o.params["start_indices"], o.params["limit_indices"]
    steps = o.params["strides"] or (1,) * len(starts)
    return o.result(sliced(o.graph, o.values[0], starts, ends, steps))


def _dynamic_slice(o: Operation) -> Tensor:
    x, *places = o.values
    sizes = o.params["slice_sizes"]
    if not is_tensor(x) or any(map(is_tensor, places)):
        raise by_value("cuts a part out of an array at a place")
    pairs = zip(places, x.shape, sizes, strict=True)
    # As JAX does, a part that would reach over the end is moved.
    starts = [min(max(int(p), 0), n - size) for p, n, size in pairs]
    ends = [start + size for start, size in zip(starts, sizes, strict=True)]
    return o.result(sliced(o.graph, x, starts, ends, [1] * len(starts)))


def reversed_along(graph: Graph, name: str, axes: Sequence[int]) -> str:
    """Return the name of a value in reverse order along axes, the first is 0."""
    n = len(axes)
    starts, ends, steps = [-1] * n, [_BEFORE_ALL] * n, [-1] * n
    return graph.add("Slice", name, starts, ends, list(axes), steps)


def _reverse(o: Operation) -> Tensor:
    axes = [i + 1 for i in o.params["dimensions"]]
    return o.result(reversed_along(o.graph, o.values[0].name, axes))


def _split(o: Operation) -> list[Value]:
    x, axis, sizes = o.values[0], o.params["axis"], list(o.params["sizes"])
    names = o.graph.add_many(
        "Split", x, sizes, outputs=len(sizes), attributes={"axis": axis + 1}
    )
    shapes = [shape for shape, _ in o.results]
    pairs = zip(names, shapes, strict=True)
    return [Tensor(name, shape, x.dtype) for name, shape in pairs]


def _concatenate(o: Operation) -> Tensor:
    axis = o.params["dimension"] + 1
    parts = [o.graph.full(value) for value in o.values]
    return o.result(o.graph.add("Concat", *parts, attributes={"axis": axis}))


def _stack(o: Operation) -> Tensor:
    axis = o.params["axis"] + 1
    shape = list(o.shape)
    shape[axis - 1] = 1
    parts = [reshaped(o.graph, o.graph.full(v), tuple(shape)) for v in o.values]
    return o.result(o.graph.add("Concat", *parts, attributes={"axis": axis}))


def _tile(o: Operation) -> Tensor:
    x, times = o.values[0], o.params["reps"]
    return o.result(o.graph.add("Tile", x, (1, *times)))


def _pad(o: Operation) -> Tensor:
    x, fill = o.values
    before, after, inner = zip(*o.params["padding_config"], strict=True)
    if any(inner) or is_tensor(fill) or not is_tensor(x):
        raise LikelyError(
            "the model puts numbers between those of an array, or around it numbers "
            "that depend on the event, for which there is no rule here; write "
            "StableHLO."
        )
    # Without a number of axes, all are meant, and that of events comes first.
    ends = [0, *before, 0, *after]
    return o.result(o.graph.add("Pad", x, ends, fill))


RULES: dict[str, Rule] = {
    "reshape": _reshape,
    "squeeze": _squeeze,
    "broadcast_in_dim": _broadcast,
    "transpose": _transpose,
    "slice": _slice,
    "dynamic_slice": _dynamic_slice,
    "rev": _reverse,
    "split": _split,
    "concatenate": _concatenate,
    "stack": _stack,
    "tile": _tile,
    "pad": _pad,
}
