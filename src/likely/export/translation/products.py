"""Products of arrays, and convolutions, as those that ONNX has."""

import math
from dataclasses import dataclass
from typing import Any, TypeAlias, final

import numpy as np

from ...core import LikelyError
from .arrangement import transposed
from .graph import Tensor, is_tensor, plain
from .operation import Operation, Rule

Axes: TypeAlias = tuple[int, ...]


@final
@dataclass(frozen=True)
class Factor:
    """A factor of a product, and what its axes are.

    Args:
        value: The factor.
        batch: Axes of the result that both factors have, such as those of members.
        summed: Axes that are summed over.
    """

    value: Any
    batch: Axes
    summed: Axes

    @property
    def free(self) -> Axes:
        """Return the axes that only this factor has."""
        taken = {*self.batch, *self.summed}
        return tuple(i for i in range(len(self.value.shape)) if i not in taken)

    def sizes(self, axes: Axes) -> tuple[int, ...]:
        """Return how long axes are."""
        return tuple(self.value.shape[i] for i in axes)


def _dot(o: Operation) -> Tensor:
    (left, right), (left_batch, right_batch) = o.params["dimension_numbers"]
    x, y = o.values
    first = Factor(x if is_tensor(x) else plain(x), tuple(left_batch), tuple(left))
    second = Factor(y if is_tensor(y) else plain(y), tuple(right_batch), tuple(right))
    if is_tensor(x) and is_tensor(y):
        return _of_two(o, first, second)
    if is_tensor(x):
        return _with_weights(o, first, second, weights_first=False)
    return _with_weights(o, second, first, weights_first=True)


def _of_two(o: Operation, first: Factor, second: Factor) -> Tensor:
    """Write a product of values that both depend on the event: a batch of matrices."""
    batch = first.sizes(first.batch)
    terms = math.prod(first.sizes(first.summed))
    rows, columns = (math.prod(f.sizes(f.free)) for f in (first, second))
    order = (*first.batch, *first.free, *first.summed)
    one = _arranged(o, first.value, order, (*batch, rows, terms))
    order = (*second.batch, *second.summed, *second.free)
    two = _arranged(o, second.value, order, (*batch, terms, columns))
    return o.reshaped(o.graph.add("MatMul", one, two))


def _with_weights(
    o: Operation, x: Factor, weights: Factor, *, weights_first: bool
) -> Tensor:
    """Write a product with constants, in which events are rows of a matrix.

    Args:
        o: The product.
        x: The factor that depends on the event.
        weights: The constants.
        weights_first: Whether their axes come first in the result.
    """
    graph, batch = o.graph, weights.sizes(weights.batch)
    free, columns = x.sizes(x.free), weights.sizes(weights.free)
    terms = math.prod(x.sizes(x.summed))
    order = (*weights.batch, *weights.summed, *weights.free)
    matrix = np.transpose(weights.value, order)
    matrix = matrix.reshape(*batch, terms, math.prod(columns))
    # The axes of a batch, as members of an ensemble are, come before the events.
    b, places = len(batch), [i + 1 for i in (*x.free, *x.summed)]
    name = transposed(graph, x.value.name, [*(i + 1 for i in x.batch), 0, *places])
    if batch and (free or len(x.summed) != 1):
        name = graph.add("Reshape", name, (*batch, -1, terms))
    elif len(x.summed) != 1:
        name = graph.add("Reshape", name, (0, *free, terms))
    name = graph.add("MatMul", name, matrix)
    if batch and free or len(columns) != 1:
        events = -1 if batch else 0
        name = graph.add("Reshape", name, (*batch, events, *free, *columns))
    middle = [*range(b + 1, b + 1 + len(free))]
    last = [*range(b + 1 + len(free), b + 1 + len(free) + len(columns))]
    tail = [*last, *middle] if weights_first else [*middle, *last]
    return o.result(transposed(graph, name, [b, *range(b), *tail]))


def _arranged(o: Operation, x: Tensor, order: Axes, shape: tuple[int, ...]) -> str:
    name = transposed(o.graph, x.name, [0, *(i + 1 for i in order)])
    if shape == tuple(x.shape[i] for i in order):
        return name
    return o.graph.add("Reshape", name, (0, *shape))


def _convolution(o: Operation) -> Tensor:
    x, kernel = o.values
    p = o.params
    spec = p["dimension_numbers"]
    if not is_tensor(x) or is_tensor(kernel):
        raise _no_rule("convolves with a kernel that depends on the event")
    if any(n != 1 for n in p["lhs_dilation"]) or p["batch_group_count"] != 1:
        raise _no_rule("has a transposed convolution, or one of groups of images")
    if any(n < 0 for pair in p["padding"] for n in pair):
        raise _no_rule("has a convolution with negative padding")
    before, after = zip(*p["padding"], strict=True)
    attributes = {
        "strides": list(p["window_strides"]),
        "pads": [*before, *after],
        "dilations": list(p["rhs_dilation"]),
        "group": p["feature_group_count"],
    }
    # Images of one event, which JAX has an axis for, are events for ONNX.
    name = transposed(o.graph, x.name, [0, *(i + 1 for i in spec.lhs_spec)])
    images = x.shape[spec.lhs_spec[0]]
    name = o.graph.add("Reshape", name, (-1, *(x.shape[i] for i in spec.lhs_spec[1:])))
    weights = np.transpose(plain(kernel), spec.rhs_spec)
    name = o.graph.add("Conv", name, weights, attributes=attributes)
    ordered = [o.shape[i] for i in spec.out_spec]
    name = o.graph.add("Reshape", name, (-1, images, *ordered[1:]))
    back = np.argsort(spec.out_spec)
    return o.result(transposed(o.graph, name, [0, *(int(i) + 1 for i in back)]))


def _no_rule(what: str) -> LikelyError:
    return LikelyError(
        f"the model {what}, for which there is no rule here; write StableHLO."
    )


RULES: dict[str, Rule] = {"dot_general": _dot, "conv_general_dilated": _convolution}
