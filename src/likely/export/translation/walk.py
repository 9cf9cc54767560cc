"""A program of JAX for one event as a graph of ONNX for a batch of events.

What depends on the event has an axis of events in the graph, in front of its own; all
else is computed here and becomes constants.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jax.extend.core import ClosedJaxpr, Literal

from ...core import LikelyError
from . import arrangement, elementwise, lookups, loops, products, reductions
from .graph import Graph, Value, is_tensor
from .operation import Operation, Rule

RULES: dict[str, Rule] = {
    **elementwise.RULES,
    **arrangement.RULES,
    **lookups.RULES,
    **reductions.RULES,
    **products.RULES,
    **loops.RULES,
}
# Operations that are a program inside the program, and where they keep it.
_CALLS = {
    "jit": "jaxpr",
    "remat2": "jaxpr",
    "custom_jvp_call": "call_jaxpr",
    "custom_vjp_call": "call_jaxpr",
}


def translated(program: ClosedJaxpr, graph: Graph) -> list[Value]:
    """Return the results of a program for one event, written into a graph.

    Args:
        program: As `jax.make_jaxpr` traces it.
        graph: With an input for each of those of the program, in their order.

    Raises:
        LikelyError: If an operation of the program has no rule.
    """
    return _written(graph, program, list(graph.inputs))


def _written(graph: Graph, program: Any, values: list[Value]) -> list[Value]:
    """Return the results of a program, closed or without constants of its own."""
    constants: Sequence[Any] = ()
    if isinstance(program, ClosedJaxpr):
        constants, program = program.consts, program.jaxpr
    known = dict(zip(program.constvars, constants, strict=True))
    known |= dict(zip(program.invars, values, strict=True))

    def value_of(atom: Any) -> Value:
        if isinstance(atom, Literal):
            kind: Any = atom.aval
            return np.asarray(atom.val, kind.dtype)
        return known[atom]

    for equation in _needed(program):
        given = [value_of(atom) for atom in equation.invars]
        found = _results(graph, equation, given)
        known |= dict(zip(equation.outvars, found, strict=True))
    return [value_of(atom) for atom in program.outvars]


def _needed(program: Any) -> list[Any]:
    """Return the equations on which a result depends."""
    wanted = {v for v in program.outvars if not isinstance(v, Literal)}
    kept = []
    for equation in reversed(program.eqns):
        if wanted.isdisjoint(equation.outvars):
            continue
        kept.append(equation)
        wanted |= {v for v in equation.invars if not isinstance(v, Literal)}
    return kept[::-1]


def _results(graph: Graph, equation: Any, values: list[Value]) -> list[Value]:
    name = equation.primitive.name
    if name in _CALLS:
        return _written(graph, equation.params[_CALLS[name]], values)
    if not any(map(is_tensor, values)):
        return _computed(equation, values)
    if name not in RULES:
        raise LikelyError(
            f"the model uses `{name}`, for which there is no rule of ONNX here; write "
            "it by other operations, or write StableHLO, which has them all."
        )
    results = tuple((v.aval.shape, v.aval.dtype) for v in equation.outvars)
    operation = Operation(graph, tuple(values), equation.params, results, _written)
    found = RULES[name](operation)
    return found if isinstance(found, list) else [found]


def _computed(equation: Any, values: list[Value]) -> list[Value]:
    """Return the results of an operation on constants."""
    found = equation.primitive.bind(*values, **equation.params)
    return list(found) if equation.primitive.multiple_results else [found]
