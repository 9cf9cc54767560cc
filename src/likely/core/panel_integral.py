"""Integrals over panels that adapt, panel by panel, with two derivatives."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .panels import Panels
from .quadrature import KRONROD, NODES, Limit, kronrod_error
from .weighted_integral import log_chunked_integral


def log_panel_integral(
    log_function: Any,
    arguments: Float[Array, " n"],
    where: tuple[Panels, Limit, Limit],
    *,
    order: int,
) -> tuple[Array, ...]:
    r"""Return $\log \int_a^b e^{g(x)}\,dx$ and its derivatives, as `staged` wants them.

    Args:
        log_function: $g$, of a tuple of scalars and a number.
        arguments: The scalars.
        where: Panels, and the limits of integration: a panel that a limit cuts is as
            smooth as the whole.
        order: Of the highest derivative: 0, 1 or 2.
    """
    panels, lower, upper = where

    def nodes(i: Array) -> tuple[Float[Array, " nodes"], Float[Array, " nodes"]]:
        x, log_half = _nodes(panels, i, lower, upper)
        return x, log_half + np.log(KRONROD)

    return log_chunked_integral(
        log_function, arguments, nodes, panels.count, order=order
    )


def panel_integral_error(
    log_function: Any, where: tuple[Panels, Limit, Limit]
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Return the logarithm of the integral, and an estimate of its relative error."""
    panels, lower, upper = where

    def logs(i: Array) -> Float[Array, " nodes"]:
        x, log_half = _nodes(panels, i, lower, upper)
        found = jax.vmap(log_function)(x) + log_half
        return jnp.where(jnp.isnan(found), -jnp.inf, found)

    return kronrod_error(jax.lax.map(logs, jnp.arange(panels.edges.shape[0] - 1)))


def _nodes(
    panels: Panels, i: Array, lower: Limit, upper: Limit
) -> tuple[Float[Array, " nodes"], Float[Array, ""]]:
    """Return the nodes of a panel between limits, and the log of half its length."""
    low = jnp.clip(panels.edges[i], lower, jnp.maximum(upper, lower))
    high = jnp.clip(panels.edges[i + 1], lower, jnp.maximum(upper, lower))
    half = 0.5 * (high - low)
    log_half = jnp.log(jnp.where(half > 0, half, 1.0))
    return low + half * (1.0 + NODES), jnp.where(half > 0, log_half, -jnp.inf)
