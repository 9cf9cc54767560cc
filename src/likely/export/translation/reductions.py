"""Sums, extremes and their places along axes."""

import numpy as np

from .elementwise import converted
from .graph import Tensor
from .operation import Operation, Rule


def _over_axes(op: str) -> Rule:
    def rule(o: Operation) -> Tensor:
        return o.result(_reduced(o, op, o.values[0]))

    return rule


def _of_conditions(op: str) -> Rule:
    """Return the rule for conditions, which ONNX reduces as numbers only."""

    def rule(o: Operation) -> Tensor:
        number = converted(o, o.values[0], np.int32)
        found = Tensor(_reduced(o, op, number), o.shape, number.dtype)
        return converted(o, found, np.bool_)

    return rule


def _reduced(o: Operation, op: str, x: Tensor) -> str:
    axes = [i + 1 for i in o.params["axes"]]
    if not axes:
        return x.name
    return o.graph.add(op, x, axes, attributes={"keepdims": 0})


def _place(op: str) -> Rule:
    def rule(o: Operation) -> Tensor:
        (axis,) = o.params["axes"]
        names = {"axis": axis + 1, "keepdims": 0}
        place = o.graph.add(op, o.values[0], attributes=names)
        return converted(o, Tensor(place, o.shape, np.dtype(np.int64)), o.dtype)

    return rule


def _cumulative(o: Operation) -> Tensor:
    backwards = {"reverse": int(o.params["reverse"])}
    axis = np.asarray(o.params["axis"] + 1)
    return o.result(o.graph.add("CumSum", o.values[0], axis, attributes=backwards))


RULES: dict[str, Rule] = {
    "reduce_sum": _over_axes("ReduceSum"),
    "reduce_max": _over_axes("ReduceMax"),
    "reduce_min": _over_axes("ReduceMin"),
    "reduce_prod": _over_axes("ReduceProd"),
    "reduce_and": _of_conditions("ReduceMin"),
    "reduce_or": _of_conditions("ReduceMax"),
    "argmax": _place("ArgMax"),
    "argmin": _place("ArgMin"),
    "cumsum": _cumulative,
}
