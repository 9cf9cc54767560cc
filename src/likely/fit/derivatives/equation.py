"""One operation of a program: a call, a branch, or a function of some variables."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jax.extend.core import (
    ClosedJaxpr,
    DropVar,
    Jaxpr,
    JaxprEqn,
    Var,
    jaxpr_as_fun,
)

from .variable import Variable

# Calls whose derivative is that of what they call. A custom_jvp or custom_vjp is not
# among them: its own rule counts, not the derivative of its inside.
CALLS = {"jit", "pjit", "closed_call", "core_call", "checkpoint", "remat", "remat2"}


def called(
    equation: JaxprEqn, operands: list[Variable], caller: str
) -> tuple[ClosedJaxpr, list[Variable], tuple[str, ...]] | None:
    """Return program, arguments and name if the operation is a call or a branch."""
    kind, params = equation.primitive.name, equation.params
    if kind == "cond":
        branches = params["branches"]
        # Out of range, JAX takes the nearest branch.
        k = min(max(int(operands[0].value), 0), len(branches) - 1)
        return branches[k], operands[1:], (f"branch {k} of cond",)
    if kind not in CALLS:
        return None
    inner: Any = params.get("jaxpr", params.get("call_jaxpr"))
    if not isinstance(inner, ClosedJaxpr):
        inner = ClosedJaxpr(inner, ())
    name = params.get("name", caller)
    return inner, operands, () if name == caller else (name,)


def is_identity(equation: JaxprEqn, operands: list[Variable]) -> bool:
    """Return whether the operation only settles a type that the number has anyway."""
    return (
        equation.primitive.name == "convert_element_type"
        and operands[0].value.dtype == equation.params["new_dtype"]
    )


def alone(
    jaxpr: Jaxpr, equation: JaxprEqn, operands: list[Variable]
) -> tuple[Callable[..., list[Any]], list[Variable]]:
    """Return one operation as a function, and the variables it is a function of."""
    variables = dict(zip(map(id, equation.invars), operands, strict=True))
    needed = list(dict.fromkeys(a for a in equation.invars if isinstance(a, Var)))
    kept = [v for v in equation.outvars if not isinstance(v, DropVar)]
    one = jaxpr.replace(constvars=[], invars=needed, outvars=kept, eqns=[equation])
    return jaxpr_as_fun(ClosedJaxpr(one, ())), [variables[id(a)] for a in needed]


def smooth(
    evaluate: Callable[..., list[Any]],
    operands: list[Variable],
    moving: list[Variable],
) -> Callable[..., list[Any]]:
    """Return the operation's smooth outputs as a function of what has a tangent."""
    places = [next((k for k, m in enumerate(moving) if m is u), None) for u in operands]

    def operation(*values: Any) -> list[Any]:
        full = [
            u.value if k is None else values[k]
            for u, k in zip(operands, places, strict=True)
        ]
        return [v for v in evaluate(*full) if jnp.issubdtype(v.dtype, jnp.inexact)]

    return operation
