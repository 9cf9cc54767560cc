r"""Functions of one angle, each with its antiderivative.

Those of a polar angle are written in its cosine $v$, over which they are integrated;
those of $\varphi$ in the angle itself.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

Real = Float[Array, ""]
Wave = tuple[Callable[[Real], Real], Callable[[Real], Real]]

# Over 2^-27 of its range a CDF is straight, so a chord gives the last digits.
_BISECTIONS = 27


def _sine(v: Real) -> Real:
    # Rounding may carry a cosine beyond one.
    return jnp.sqrt(jnp.maximum(1.0 - v * v, 0.0))


ONE: Wave = (jnp.ones_like, lambda v: v)
COS: Wave = (lambda v: v, lambda v: 0.5 * v * v)
SIN: Wave = (_sine, lambda v: 0.5 * (v * _sine(v) + jnp.arcsin(jnp.clip(v, -1.0, 1.0))))
COS_SQUARED: Wave = (lambda v: v * v, lambda v: v**3 / 3.0)
SIN_SQUARED: Wave = (lambda v: 1.0 - v * v, lambda v: v - v**3 / 3.0)
COS_2: Wave = (lambda v: 2.0 * v * v - 1.0, lambda v: 2.0 / 3.0 * v**3 - v)
SIN_2: Wave = (lambda v: 2.0 * v * _sine(v), lambda v: -2.0 / 3.0 * _sine(v) ** 3)


# By the tangent of half the angle: XLA computes a quotient once for all that read it,
# but a cosine anew in each kernel, which takes three times as long in a likelihood.
def _cos(phi: Real) -> Real:
    t = jnp.tan(0.5 * phi)
    return 2.0 / (1.0 + t * t) - 1.0


def _sin(phi: Real) -> Real:
    t = jnp.tan(0.5 * phi)
    return 2.0 * t / (1.0 + t * t)


COS_PHI: Wave = (_cos, jnp.sin)
SIN_PHI: Wave = (_sin, lambda phi: -jnp.cos(phi))
COS_2_PHI: Wave = (
    lambda phi: 2.0 * _cos(phi) ** 2 - 1.0,
    lambda phi: 0.5 * jnp.sin(2.0 * phi),
)
SIN_2_PHI: Wave = (
    lambda phi: 2.0 * _sin(phi) * _cos(phi),
    lambda phi: -0.5 * jnp.cos(2.0 * phi),
)


def integrals(waves: tuple[Wave, ...], lower: float, upper: float) -> list[Real]:
    """Return the integral of each function."""
    a, b = jnp.asarray(lower, float), jnp.asarray(upper, float)
    return [antiderivative(b) - antiderivative(a) for _, antiderivative in waves]


def draw_angle(
    waves: tuple[Wave, ...],
    sizes: list[Real],
    limits: tuple[float, float],
    uniform: Real,
) -> Real:
    """Return where the CDF of a sum of functions equals `uniform`, by bisection.

    The number of steps is fixed and nothing is rejected, so it cannot hang.
    """

    def integral(v: Real) -> Real:
        parts = [a * F(v) for a, (_, F) in zip(sizes, waves, strict=True)]
        return jnp.stack(parts).sum()

    low, high = (jnp.asarray(limit, float) for limit in limits)
    start = integral(low)
    target = start + uniform * (integral(high) - start)

    def step(_: Any, bracket: tuple[Real, Real]) -> tuple[Real, Real]:
        middle = 0.5 * (bracket[0] + bracket[1])
        below = integral(middle) < target
        return (
            jnp.where(below, middle, bracket[0]),
            jnp.where(below, bracket[1], middle),
        )

    low, high = jax.lax.fori_loop(0, _BISECTIONS, step, (low, high))
    at_low, at_high = integral(low), integral(high)
    rise = at_high - at_low
    part = jnp.where(rise > 0, (target - at_low) / jnp.where(rise > 0, rise, 1.0), 0.5)
    return low + jnp.clip(part, 0.0, 1.0) * (high - low)
