"""The likelihood as pure functions of a program and of events, for JAX."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..core import EventBlocks, sum_over_events
from .layout import Layout
from .mixture import derivative_sums, log_likelihood, score_sums
from .program import Program


def negative_log_likelihood(program: Program, blocks: EventBlocks) -> Any:
    """Return value, gradient and Hessian as a function that is a pytree."""
    return jax.tree_util.Partial(_derivatives, program, blocks)


def value_alone(program: Program, blocks: EventBlocks) -> Any:
    """Return the value as a function that is a pytree."""
    return jax.tree_util.Partial(_value_of, program, blocks)


def _value_of(
    program: Program, blocks: EventBlocks, x: Float[Array, " free"]
) -> Float[Array, ""]:
    def block(terms: Any, columns: Any, w: Any) -> Float[Array, ""]:
        return log_likelihood(terms, columns, w)

    return program.penalty(x) - sum_over_events(block, program.terms(x), blocks)


def _derivatives(
    program: Program, blocks: EventBlocks, x: Float[Array, " free"]
) -> tuple[Float[Array, ""], Float[Array, " free"], Float[Array, "free free"]]:
    r"""Return value, gradient and Hessian by the chain rule over $\varphi(\theta)$.

    With $V, G, H$ the sums over events in the variables $\varphi$, and
    $A = \partial\varphi/\partial\theta$, the gradient is $A^\top G$ and the Hessian
    $A^\top H A + \sum_m G_m \nabla^2\varphi_m$.
    """
    layout = Layout.of(program.terms, len(program.free))

    def block(arguments: Any, columns: Any, w: Any) -> Any:
        return derivative_sums(layout.terms(*arguments), layout.places, columns, w)

    V, G, H = sum_over_events(block, (layout.variables(x), layout.constants(x)), blocks)

    def outside(x: Float[Array, " free"]) -> Float[Array, " rows"]:
        return jnp.append(layout.variables(x), program.penalty(x))

    phi, first, second = _two_derivatives(outside, x)
    A = first[:-1]
    return (
        phi[-1] - V,
        first[-1] - A.T @ G,
        second[-1] - A.T @ H @ A - jnp.tensordot(G, second[:-1], axes=1),
    )


def _two_derivatives(
    function: Callable[[Float[Array, " n"]], Float[Array, " m"]], x: Float[Array, " n"]
) -> tuple[Float[Array, " m"], Float[Array, "m n"], Float[Array, "m n n"]]:
    """Return value, Jacobian and second derivatives in one forward-mode pass.

    Each pair of directions is one element of a batch: a batch in a batch would take
    half as long again to trace.
    """
    n = len(x)
    rows, columns = np.triu_indices(n)

    def along(u: Float[Array, " n"], v: Float[Array, " n"]) -> Any:
        def first(x: Float[Array, " n"]) -> Any:
            return jax.jvp(function, (x,), (u,))

        (y, y_u), (_, y_uv) = jax.jvp(first, (x,), (v,))
        return y, y_u, y_uv

    eye = jnp.eye(n)
    y, y_u, y_uv = jax.vmap(along, out_axes=(None, 1, 1))(eye[rows], eye[columns])
    second = jnp.zeros((y.shape[0], n, n))
    second = second.at[:, rows, columns].set(y_uv).at[:, columns, rows].set(y_uv)
    return y, y_u[:, rows == columns], second


@jax.jit
def score_covariance(
    program: Program, x: Float[Array, " free"], blocks: EventBlocks
) -> Float[Array, "free free"]:
    r"""Return $\sum_i w_i^2 s_i s_i^\top$ of the scores $s_i = \nabla \log f(x_i)$.

    With it that of the constraints, $\sum_j \nabla p_j \nabla p_j^\top / s_j^2$.
    """
    layout = Layout.of(program.terms, len(program.free))

    def block(arguments: Any, columns: Any, w: Any) -> Any:
        return score_sums(layout.terms(*arguments), layout.places, columns, w)

    sums = sum_over_events(block, (layout.variables(x), layout.constants(x)), blocks)
    A = jax.jacfwd(layout.variables)(x)
    # What a constraint was measured with fluctuates as its sigma says.
    B = jax.jacfwd(program.constraint_pulls)(x)
    return A.T @ sums @ A + B.T @ B
