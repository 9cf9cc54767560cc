"""The likelihood as pure functions of a program and of events, for JAX."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..core import EventBlocks, sum_over_events
from .layout import Layout
from .mixture import derivative_sums, log_likelihood, score_sums
from .program import Program
from .tables import tables_of


def negative_log_likelihood(program: Program, blocks: EventBlocks) -> Any:
    """Return value, gradient and Hessian as a function that is a pytree."""
    return jax.tree_util.Partial(_derivatives, program, blocks)


def value_alone(program: Program, blocks: EventBlocks) -> Any:
    """Return the value as a function that is a pytree."""
    return jax.tree_util.Partial(_value_of, program, blocks)


def _value_of(
    program: Program, blocks: EventBlocks, x: Float[Array, " free"]
) -> Float[Array, ""]:
    def block(arguments: Any, columns: Any, w: Any) -> Float[Array, ""]:
        terms, tables = arguments
        return log_likelihood(terms, columns, w, tables)

    terms = program.terms(x)
    nothing = [[[None] * len(jax.tree.leaves(f)) for f in t.factors] for t in terms]
    tables = tables_of(terms, nothing, blocks, order=0)
    return program.penalty(x) - sum_over_events(block, (terms, tables), blocks)


def _derivatives(
    program: Program, blocks: EventBlocks, x: Float[Array, " free"]
) -> tuple[Float[Array, ""], Float[Array, " free"], Float[Array, "free free"]]:
    r"""Return value, gradient and Hessian by the chain rule over $\varphi(\theta)$.

    With $V, G, H$ the sums over events in the variables $\varphi$, and
    $A = \partial\varphi/\partial\theta$, the gradient is $A^\top G$ and the Hessian
    $A^\top H A + \sum_m G_m \nabla^2\varphi_m$.
    """
    layout = Layout.of(program.terms, len(program.free))

    def outside(x: Float[Array, " free"]) -> tuple[Float[Array, " rows"], Any]:
        leaves = layout.leaves_of(x)
        variables, _ = layout.split(leaves)
        return jnp.append(variables, program.penalty(x)), leaves

    phi, first, second, leaves = _two_derivatives_and(outside, x)

    def block(arguments: Any, columns: Any, w: Any) -> Any:
        *numbers, tables = arguments
        terms = layout.terms(*numbers)
        return derivative_sums(terms, layout.places, columns, w, tables)

    arguments = _arguments(layout, leaves, blocks, order=2)
    V, G, H = sum_over_events(block, arguments, blocks)
    A = first[:-1]
    return (
        phi[-1] - V,
        first[-1] - A.T @ G,
        second[-1] - A.T @ H @ A - jnp.tensordot(G, second[:-1], axes=1),
    )


def _arguments(
    layout: Layout, leaves: Sequence[Array], blocks: EventBlocks, *, order: int
) -> tuple[Any, ...]:
    """Return variables, constants and tables, the same for all events."""
    terms = layout.joined(leaves)
    moving = [places.factors for places in layout.places]
    return *layout.split(leaves), tables_of(terms, moving, blocks, order=order)


def two_derivatives(
    function: Callable[[Float[Array, " n"]], Float[Array, " m"]], x: Float[Array, " n"]
) -> tuple[Float[Array, " m"], Float[Array, "m n"], Float[Array, "m n n"]]:
    """Return value, Jacobian and second derivatives in one forward-mode pass."""
    return _two_derivatives_and(lambda x: (function(x), None), x)[:3]


def _two_derivatives_and(
    function: Callable[[Float[Array, " n"]], tuple[Float[Array, " m"], Any]],
    x: Float[Array, " n"],
) -> tuple[Float[Array, " m"], Float[Array, "m n"], Float[Array, "m n n"], Any]:
    """Return two derivatives, and what else the function returns.

    Each pair of directions is one element of a batch: a batch in a batch would take
    half as long again to trace.
    """
    n = len(x)
    rows, columns = np.triu_indices(n)

    def along(u: Float[Array, " n"], v: Float[Array, " n"]) -> Any:
        def first(x: Float[Array, " n"]) -> Any:
            y, y_u, rest = jax.jvp(function, (x,), (u,), has_aux=True)
            return (y, y_u), rest

        (y, y_u), (_, y_uv), rest = jax.jvp(first, (x,), (v,), has_aux=True)
        return y, y_u, y_uv, rest

    eye = jnp.eye(n)
    axes = (None, 1, 1, None)
    y, y_u, y_uv, rest = jax.vmap(along, out_axes=axes)(eye[rows], eye[columns])
    second = jnp.zeros((y.shape[0], n, n))
    second = second.at[:, rows, columns].set(y_uv).at[:, columns, rows].set(y_uv)
    return y, y_u[:, rows == columns], second, rest


@jax.jit
def score_covariance(
    program: Program, x: Float[Array, " free"], blocks: EventBlocks
) -> Float[Array, "free free"]:
    r"""Return $\sum_i w_i^2 s_i s_i^\top$ of the scores $s_i = \nabla \log f(x_i)$.

    With it that of the constraints, $\sum_j \nabla p_j \nabla p_j^\top / s_j^2$.
    """
    layout = Layout.of(program.terms, len(program.free))

    def block(arguments: Any, columns: Any, w: Any) -> Any:
        *numbers, tables = arguments
        return score_sums(layout.terms(*numbers), layout.places, columns, w, tables)

    arguments = _arguments(layout, layout.leaves_of(x), blocks, order=1)
    sums = sum_over_events(block, arguments, blocks)
    A = jax.jacfwd(layout.variables)(x)
    # What a constraint was measured with fluctuates as its sigma says.
    B = jax.jacfwd(program.constraint_pulls)(x)
    return A.T @ sums @ A + B.T @ B
