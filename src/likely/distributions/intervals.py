r"""Logarithms of the integrals of a Gaussian, an exponential and a power law over any
interval, and draws from them.

Each is accurate to rounding, with its first two derivatives, for intervals that are
narrow, wide, empty or many standard deviations away: differences of CDFs are not.
"""  # noqa: D205

import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..core import log_integrate_smooth
from .inversion import draw, even_panels

Real = Float[Array, ""] | float

# exp(-40) is below the last digit of what it is added to.
_NEGLIGIBLE = 40.0
_GAUSS_NODES = 32
_SINHC = tuple(1.0 / math.factorial(2 * j + 1) for j in range(10))
_ATANH = tuple(1.0 / (2 * j + 1) for j in range(14))


def log_gauss_integral(a: Real, b: Real) -> Float[Array, ""]:
    r"""Return $\log \int_a^b e^{-t^2/2}\,dt$; $-\infty$ if $b \le a$."""
    a, b, empty = _guarded(a, b)
    across = (a < 0) & (b > 0)
    # Both terms of the sum are positive.
    half_a, half_b = (
        jax.lax.erf(jnp.where(across, t, 1.0) / np.sqrt(2.0)) for t in (-a, b)
    )
    log_across = jnp.log(np.sqrt(np.pi / 2.0) * (half_a + half_b))
    # On one side, with t = s + v: exp(-s^2/2) times the integral of exp(-s v - v^2/2).
    s = jnp.where(across, 0.0, jnp.where(a >= 0, a, -b))
    end = 2.0 * _NEGLIGIBLE / (s + jnp.sqrt(s * s + 2.0 * _NEGLIGIBLE))
    length = jnp.minimum(b - a, jax.lax.stop_gradient(end))
    log_aside = -0.5 * s * s + log_integrate_smooth(
        lambda v: -v * (s + 0.5 * v), 0.0, length, nodes=_GAUSS_NODES
    )
    return jnp.where(empty, -jnp.inf, jnp.where(across, log_across, log_aside))


def draw_gauss(a: Real, b: Real, uniform: Float[Array, ""]) -> Float[Array, ""]:
    r"""Return a draw from $e^{-t^2/2}$ on $[a, b]$, however far out that is."""
    a, b = jnp.asarray(a, float), jnp.asarray(b, float)
    mode = jnp.clip(0.0, a, b)
    reach = jnp.sqrt(mode * mode + 2.0 * _NEGLIGIBLE)
    edges = even_panels(jnp.maximum(a, -reach), jnp.minimum(b, reach))
    return draw(lambda t: -0.5 * (t - mode) * (t + mode), edges, uniform)


def log_exponential_integral(rate: Real, a: Real, b: Real) -> Float[Array, ""]:
    r"""Return $\log \int_a^b e^{kv}\,dv$ for a rate $k$ of either sign, or zero."""
    a, b, empty = _guarded(a, b)
    log_integral = (
        0.5 * rate * (a + b) + jnp.log(b - a) + _log_sinhc(0.5 * rate * (b - a))
    )
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
    q_a = jnp.log1p(alpha * a / n)
    growth = alpha * (b - a) / (n + alpha * a)
    length = jnp.log1p(growth)
    log_integral = (
        -n * q_a
        + jnp.log(b - a)
        + _log_log1p_ratio(growth)
        + 0.5 * (1.0 - n) * length
        + _log_sinhc(0.5 * (1.0 - n) * length)
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


def _log_sinhc(w: Real) -> Float[Array, ""]:
    r"""Return $\log(\sinh w / w)$."""
    w = jnp.asarray(w, float)
    small = jnp.abs(w) < 1.0
    near = jnp.where(small, w, 0.0)
    size = jnp.abs(jnp.where(small, 1.0, w))
    far = size + jnp.log(-jnp.expm1(-2.0 * size) / (2.0 * size))
    return jnp.where(small, jnp.log(_series(near * near, _SINHC)), far)


def _log_log1p_ratio(r: Float[Array, ""]) -> Float[Array, ""]:
    r"""Return $\log(\log(1 + r) / r)$ for $r \ge 0$.

    For small $r$ by $\log(1 + r) = 2\operatorname{artanh} m$ with $m = r/(2 + r)$.
    """
    small = r < 0.5
    near = jnp.where(small, r, 0.0)
    m = near / (2.0 + near)
    far = jnp.where(small, 1.0, r)
    log_near = jnp.log(_series(m * m, _ATANH) * 2.0 / (2.0 + near))
    return jnp.where(small, log_near, jnp.log(jnp.log1p(far) / far))


def _series(
    variable: Float[Array, ""], coefficients: tuple[float, ...]
) -> Float[Array, ""]:
    total = coefficients[-1] * jnp.ones_like(variable)
    for coefficient in reversed(coefficients[:-1]):
        total = total * variable + coefficient
    return total
