r"""Integrals over any interval, and draws from it: Gaussian, exponential, power law.

The logarithms are accurate to rounding, with their first two derivatives, for
intervals that are narrow, wide, empty or many standard deviations away, where
differences of CDFs are not: each is a Gauss-Legendre sum over the part of the interval
that matters, and no difference is ever taken.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtr, ndtri
from jaxtyping import Array, Float

from ..core import runtime as runtime  # float64 is set before the first array is made

Real = Float[Array, ""] | float

# exp(-40) is below the last digit of what it is added to.
_NEGLIGIBLE = 40.0
# Standard deviations at which a Gaussian tail is still a normal number.
_FAR = 30.0
# Nodes and weights of the Gauss-Legendre rule on [0, 1].
_AT, _WEIGHTS = (0.5 * part for part in np.polynomial.legendre.leggauss(32))
_AT = _AT + 0.5


def log_gauss_integral(a: Real, b: Real) -> Float[Array, ""]:
    r"""Return $\log \int_a^b e^{-t^2/2}\,dt$; $-\infty$ if $b \le a$."""
    a, b, empty = _guarded(a, b)
    across = (a < 0) & (b > 0)
    # Both terms of the sum are positive.
    parts = jax.lax.erf(jnp.where(across, jnp.stack([-a, b]), 1.0) / np.sqrt(2.0))
    log_across = jnp.log(np.sqrt(np.pi / 2.0) * parts.sum())
    # On one side, with t = s + v: exp(-s^2/2) times the integral of exp(-s v - v^2/2).
    s = jnp.where(across, 0.0, jnp.where(a >= 0, a, -b))
    end = 2.0 * _NEGLIGIBLE / (s + jnp.sqrt(s * s + 2.0 * _NEGLIGIBLE))
    length = jnp.minimum(b - a, jax.lax.stop_gradient(end))
    v = length * _AT
    log_aside = -0.5 * s * s + jnp.log(
        length * (jnp.exp(-v * (s + 0.5 * v)) @ _WEIGHTS)
    )
    return jnp.where(empty, -jnp.inf, jnp.where(across, log_across, log_aside))


def draw_gauss(a: Real, b: Real, uniform: Float[Array, ""]) -> Float[Array, ""]:
    r"""Return a draw from $e^{-t^2/2}$ on $[a, b]$, however far out that is.

    Beyond 30 standard deviations, where probabilities underflow, with
    $y = (t^2 - a^2)/2$ the density is $e^{-y} / \sqrt{a^2 + 2y}$, from which that of an
    exponential of rate $1 + 1/a^2$ differs by $10^{-6} y^2$.
    """
    a, b = jnp.asarray(a, float), jnp.asarray(b, float)
    # On the side of the lower tail, where small probabilities keep their digits.
    mirrored = a + b > 0
    low, high = jnp.where(mirrored, -b, a), jnp.where(mirrored, -a, b)
    far = high < -_FAR
    edges = jnp.where(far, -1.0, low), jnp.where(far, 1.0, high)
    below, above = ndtr(edges[0]), ndtr(edges[1])
    near_t = ndtri(below + uniform * (above - below))
    start = jnp.where(far, high, -_FAR)
    depth = 0.5 * (low - start) * (low + start)
    rate = 1.0 + 1.0 / (start * start)
    y = -jnp.log1p(uniform * jnp.expm1(-rate * jnp.where(far, depth, 1.0))) / rate
    t = jnp.where(far, -jnp.sqrt(start * start + 2.0 * y), near_t)
    return jnp.clip(jnp.where(mirrored, -t, t), a, b)


def log_exponential_integral(rate: Real, a: Real, b: Real) -> Float[Array, ""]:
    r"""Return $\log \int_a^b e^{kv}\,dv$ for a rate $k$ of either sign, or zero."""
    a, b, empty = _guarded(a, b)
    # From the end where the integrand is largest, downwards; at a rate of zero the
    # two signs agree, and so do their derivatives.
    rising = jnp.asarray(rate > 0)
    depth = jnp.where(rising, rate, -rate)
    end = _NEGLIGIBLE / jnp.where(depth > 0, depth, 1e-300)
    length = jnp.minimum(b - a, jax.lax.stop_gradient(end))
    integral = length * (jnp.exp(-depth * length * _AT) @ _WEIGHTS)
    log_integral = rate * jnp.where(rising, b, a) + jnp.log(integral)
    return jnp.where(empty, -jnp.inf, log_integral)


def draw_exponential(
    rate: Real, a: Real, b: Real, uniform: Float[Array, ""]
) -> Float[Array, ""]:
    r"""Return a draw from $e^{kv}$ on $[a, b]$."""
    depth = jnp.abs(rate * (b - a))
    safe = jnp.where(depth > 0, depth, 1.0)
    fall = -jnp.log1p(uniform * jnp.expm1(-safe)) / safe
    # How far from the end where the density is highest, as a part of the interval.
    part = jnp.where(depth > 0, fall, uniform)
    return jnp.where(rate < 0, a + (b - a) * part, b - (b - a) * part)


def log_power_integral(a: Real, b: Real, alpha: Real, n: Real) -> Float[Array, ""]:
    r"""Return $\log \int_a^b (1 + \alpha d/n)^{-n}\,dd$ for $0 \le a$.

    In $q = \log(1 + \alpha d/n)$ it is an exponential of rate $1 - n$, so $n = 1$ is
    no special case and no power is ever formed.
    """
    a, b, empty = _guarded(a, b)
    growth = alpha * (b - a) / (n + alpha * a)
    log_integral = (
        jnp.log(b - a)
        - n * jnp.log1p(alpha * a / n)
        + _log_log1p_ratio(growth)
        + log_exponential_integral((1.0 - n) * jnp.log1p(growth), 0.0, 1.0)
    )
    return jnp.where(empty, -jnp.inf, log_integral)


def draw_power(
    a: Real, b: Real, alpha: Real, n: Real, uniform: Float[Array, ""]
) -> Float[Array, ""]:
    r"""Return a draw from $(1 + \alpha d/n)^{-n}$ on $[a, b]$, $0 \le a$."""
    q_a, q_b = jnp.log1p(alpha * a / n), jnp.log1p(alpha * b / n)
    return n / alpha * jnp.expm1(draw_exponential(1.0 - n, q_a, q_b, uniform))


def _guarded(a: Real, b: Real) -> tuple[Array, Array, Array]:
    """Return the interval, [0, 1] in place of an empty one, and whether it is empty."""
    a, b = jnp.asarray(a, float), jnp.asarray(b, float)
    empty = b <= a
    return jnp.where(empty, 0.0, a), jnp.where(empty, 1.0, b), empty


def _log_log1p_ratio(r: Float[Array, ""]) -> Float[Array, ""]:
    r"""Return $\log(\log(1 + r) / r)$ for $r \ge 0$.

    For small $r$, where the ratio's parts vanish, as $\log \int_0^1 dt/(1 + rt)$.
    """
    small = r < 0.5
    near, far = jnp.where(small, r, 0.0), jnp.where(small, 1.0, r)
    mean = (1.0 / (1.0 + near * _AT)) @ _WEIGHTS
    return jnp.log(jnp.where(small, mean, jnp.log1p(far) / far))
