"""Loops over steps, and choices between programs."""

from functools import reduce
from typing import Any

import numpy as np

from .arrangement import reversed_along, transposed
from .elementwise import chosen
from .graph import Graph, Tensor, Value, is_tensor, kind_of
from .operation import Operation, Rule


def _scan(o: Operation) -> list[Value]:
    """Write a loop with the states of all events, one node whatever the length.

    Runtimes are safest with steps on the first axis and in their order, so the axes are
    exchanged, and what is gone through backwards is reversed before and behind.
    """
    p, graph = o.params, o.graph
    fixed, states = p["num_consts"], p["num_carry"]
    given, start, steps = (
        list(o.values[:fixed]),
        [graph.full(v) for v in o.values[fixed : fixed + states]],
        [graph.full(v) for v in o.values[fixed + states :]],
    )
    body = Graph(graph)
    inside = [body.input(body.fresh("state"), s.shape, s.dtype) for s in start]
    items = [body.input(body.fresh("step"), s.shape[1:], s.dtype) for s in steps]
    found = o.inner(body, p["jaxpr"], [*given, *inside, *items])
    # An output must be made inside, and each under a name of its own.
    body.outputs = [_own(body, body.full(value)) for value in found]
    backwards = p["reverse"]
    if not steps:
        # ONNX has no such loop without something to go through.
        counter = graph.full(np.zeros(p["length"], np.float32))
        body.input(body.fresh("step"), (), counter.dtype)
        steps = [counter]
    rows = [_exchanged(o, s, backwards=backwards) for s in steps]
    names = graph.add_many(
        "Scan",
        *start,
        *rows,
        outputs=len(found),
        attributes={"body": body, "num_scan_inputs": len(rows)},
    )
    results = []
    for i, (name, (shape, dtype)) in enumerate(zip(names, o.results, strict=True)):
        if i < states:
            results.append(Tensor(name, shape, kind_of(dtype)))
            continue
        through = Tensor(name, shape, kind_of(dtype))
        back = _exchanged(o, through, backwards=False)
        if backwards:
            back = reversed_along(graph, back, [1])
        results.append(Tensor(back, shape, through.dtype))
    return results


def _exchanged(o: Operation, x: Tensor, *, backwards: bool) -> str:
    rank = len(x.shape) + 1
    name = transposed(o.graph, x.name, [1, 0, *range(2, rank)])
    return reversed_along(o.graph, name, [0]) if backwards else name


def _own(graph: Graph, value: Tensor) -> Tensor:
    return Tensor(graph.add("Identity", value), value.shape, value.dtype)


def _cond(o: Operation) -> list[Value]:
    """Write all branches, of which an event has one: pure functions have no effects."""
    which, *values = o.values
    branches = o.params["branches"]
    if not is_tensor(which):
        number = min(max(int(np.asarray(which)), 0), len(branches) - 1)
        return o.inner(o.graph, branches[number], values)
    found = [o.inner(o.graph, branch, values) for branch in branches]
    results: list[Value] = []
    for i, (shape, dtype) in enumerate(o.results):
        one = Operation(o.graph, (), {}, ((shape, dtype),), o.inner)
        results.append(_one_of(one, which, [each[i] for each in found]))
    return results


def _one_of(o: Operation, which: Tensor, cases: list[Value]) -> Tensor:
    def later(before: Value, case: tuple[int, Value]) -> Value:
        number, value = case
        limit = np.asarray(number, which.dtype)
        here = o.graph.add("GreaterOrEqual", which, limit)
        condition = Tensor(here, (), np.dtype(bool))
        return o.result(chosen(o, condition, value, before))

    pairs: Any = list(enumerate(cases))[1:]
    return o.graph.full(reduce(later, pairs, cases[0]))


RULES: dict[str, Rule] = {"scan": _scan, "cond": _cond}
