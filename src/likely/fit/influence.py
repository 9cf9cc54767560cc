"""How the fitted values answer to one more event, and to a moved constraint."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ..core import sum_over_events
from .layout import Layout
from .mixture import log_likelihood
from .program import Program
from .resampling import Weighted


@jax.jit
def influence_moments(
    weighted: Weighted, x: Float[Array, " free"], covariance: Float[Array, "all free"]
) -> Float[Array, "3 all"]:
    r"""Return $\sum_i U_i^k$, $k = 1, 2, 3$, of $U_i = w_i H^{-1} \nabla\log f(x_i)$.

    $U_i$ is how the fitted values answer to one more event like event $i$.

    Args:
        weighted: The events.
        x: The fitted values.
        covariance: $H^{-1}$, zero for what does not move; of a simultaneous fit its
            rows are all parameters, its columns those of the category.
    """
    program = weighted.program
    layout = Layout.of(program.terms, len(program.free))
    response = covariance @ jax.jacfwd(layout.variables)(x).T

    def block(arguments: Any, columns: Any, w: Any) -> Float[Array, "3 all"]:
        response, variables, constants = arguments

        def log_density(variables: Any, event: Any) -> Float[Array, ""]:
            terms = layout.terms(variables, constants)
            return log_likelihood(terms, event[:, None], jnp.ones(1))

        scores = jax.vmap(jax.grad(log_density), in_axes=(None, 1))(variables, columns)
        U = w[:, None] * (scores @ response.T)
        return jnp.stack([(U**k).sum(axis=0) for k in (1, 2, 3)])

    arguments = response, layout.variables(x), layout.constants(x)
    return sum_over_events(block, arguments, weighted.blocks)


@jax.jit
def constraint_response(
    program: Program, x: Float[Array, " free"], covariance: Float[Array, "all free"]
) -> Float[Array, " all"]:
    r"""Return the variance of each fitted value that the constraints bring."""
    shifts = covariance @ jax.jacfwd(program.constraint_pulls)(x).T
    return (shifts**2).sum(axis=1)
