r"""Integrals and draws of a density that starts like a root at a threshold.

In $y = \sqrt{x - x_0}$ it is smooth from the threshold $x_0$ on.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from ...core import LogFunction
from ..unimodal import draw_unimodal, log_unimodal_integral

Real = Float[Array, ""] | float


def log_threshold_integral(
    log_shape: LogFunction, threshold: Array, lower: Real, upper: Real, hint: Array
) -> Float[Array, ""]:
    """Return the logarithm of the integral over the part above the threshold."""
    a, b, peak = (distance_root(x, threshold) for x in (lower, upper, hint))
    return log_unimodal_integral(_in_y(log_shape, threshold), a, b, peak)


def draw_above_threshold(
    log_shape: LogFunction,
    threshold: Array,
    limits: tuple[Real, Real],
    hint: Array,
    uniform: Float[Array, ""],
) -> Float[Array, ""]:
    """Return a draw from the part of an interval above the threshold."""
    a, b, peak = (distance_root(x, threshold) for x in (*limits, hint))
    y = draw_unimodal(_in_y(log_shape, threshold), a, b, peak, uniform)
    return threshold + y * y


def distance_root(x: Real, threshold: Array) -> Float[Array, ""]:
    r"""Return $\sqrt{x - x_0}$, zero below $x_0$."""
    above = x > threshold
    return jnp.where(above, jnp.sqrt(jnp.where(above, x - threshold, 1.0)), 0.0)


def squared_momentum(x: Real, m1: Array, m2: Array) -> Float[Array, ""]:
    r"""Return $q^2$ of the daughters in the rest frame of mass $x$, negative below.

    $q^2 = (x^2 - (m_1+m_2)^2)(x^2 - (m_1-m_2)^2)/(4x^2)$.
    """
    total, difference = m1 + m2, m1 - m2
    above = (x - total) * (x + total)
    return above * (x - difference) * (x + difference) / (4.0 * x * x)


def _in_y(log_shape: LogFunction, threshold: Array) -> LogFunction:
    def log_density(y: Float[Array, ""]) -> Float[Array, ""]:
        positive = y > 0
        safe = jnp.where(positive, y, 1.0)
        log_value = log_shape(threshold + safe * safe) + jnp.log(2.0 * safe)
        return jnp.where(positive, log_value, -jnp.inf)

    return log_density
