"""Exact samples from a density known only by its value: the inverse of its CDF."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from numpy.polynomial import chebyshev

from ..core import LogFunction

DEGREE = 15
PANELS = 16
# The CDF is straight over 2^-26 of a panel, so a chord gives the last digits.
BISECTIONS = 27

_NODES = chebyshev.chebpts1(DEGREE + 1)
# From values at the nodes to the Chebyshev coefficients of the integral from -1 on.
_TO_INTEGRAL = chebyshev.chebint(
    np.linalg.inv(chebyshev.chebvander(_NODES, DEGREE)), lbnd=-1, axis=0
).T


def draw(
    log_density: LogFunction, edges: Float[Array, " edges"], uniform: Float[Array, ""]
) -> Float[Array, ""]:
    r"""Return the $x$ at which the CDF of a density equals `uniform`.

    Between two edges the density is its Chebyshev interpolant of degree 15, whose
    integral is inverted by bisection. The number of steps is fixed, nothing is
    rejected, so it cannot hang, and what does not depend on `uniform` is computed once
    for all events of a `vmap`.

    Args:
        log_density: Logarithm of the density of one number, up to a constant.
        edges: Edges of panels, rising, on each of which the density is smooth.
        uniform: A number in [0, 1).

    References:
        S. Olver and A. Townsend, arXiv:1307.1223.
    """
    half = 0.5 * (edges[1:] - edges[:-1])
    x = edges[:-1, None] + half[:, None] * (1.0 + _NODES)[None, :]
    logs = jax.vmap(jax.vmap(log_density))(x)
    top = jnp.max(logs)
    density = jnp.exp(logs - jnp.where(jnp.isfinite(top), top, 0.0))
    integral = half[:, None] * (density @ _TO_INTEGRAL)
    above = jnp.cumsum(jnp.maximum(integral.sum(axis=1), 0.0))
    target = uniform * above[-1]
    panel = jnp.minimum((target >= above).sum(), half.shape[0] - 1)
    rest = target - jnp.where(panel > 0, above[panel - 1], 0.0)
    place = _bisect(lambda at: _series(integral[panel], at), rest)
    return edges[panel] + half[panel] * (1.0 + place)


def choose(
    key: PRNGKeyArray, logs: Float[Array, " parts"], draws: list[Float[Array, ""]]
) -> Float[Array, ""]:
    """Return one of the draws, each with the probability of its part."""
    return jnp.stack(draws)[jax.random.categorical(key, logs)]


def even_panels(
    lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
) -> Float[Array, " edges"]:
    """Return the edges of equal panels."""
    return lower + (upper - lower) * (jnp.arange(PANELS + 1) / PANELS)


def _bisect(
    rising: Callable[[Float[Array, ""]], Float[Array, ""]], value: Float[Array, ""]
) -> Float[Array, ""]:
    """Return where in [-1, 1] a rising function reaches `value`."""

    def step(_: Any, bracket: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = bracket
        middle = 0.5 * (low + high)
        below = rising(middle) < value
        return jnp.where(below, middle, low), jnp.where(below, high, middle)

    start = -jnp.ones_like(value), jnp.ones_like(value)
    low, high = jax.lax.fori_loop(0, BISECTIONS, step, start)
    at_low, at_high = rising(low), rising(high)
    rise = at_high - at_low
    part = jnp.where(rise > 0, (value - at_low) / jnp.where(rise > 0, rise, 1.0), 0.5)
    return low + jnp.clip(part, 0.0, 1.0) * (high - low)


def _series(coefficients: Float[Array, " n"], at: Float[Array, ""]) -> Float[Array, ""]:
    r"""Return $\sum_k c_k T_k(x)$ by Clenshaw's recurrence."""
    b1, b2 = jnp.zeros_like(at), jnp.zeros_like(at)
    for k in range(coefficients.shape[0] - 1, 0, -1):
        b1, b2 = coefficients[k] + 2.0 * at * b1 - b2, b1
    return coefficients[0] + at * b1 - b2
