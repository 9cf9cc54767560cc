r"""The modified Bessel function of the second kind, of any order, in the logarithm.

$$K_\nu(z) = e^{-z} \int_0^\infty e^{-2z\sinh^2(t/2)} \cosh(\nu t)\,dt$$

by the trapezoidal rule, which converges exponentially: with steps $h$ its error is
$e^{-\pi^2/h}$. The derivatives in order and argument are moments under the same
weights.

References:
    N. M. Temme, J. Comput. Phys. 19 (1975) 324; L. N. Trefethen and J. A. C. Weideman,
    SIAM Rev. 56 (2014) 385.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.polynomial import chebyshev

from ..core import runtime as runtime  # float64 is set before the first array is made

# With these, 1e-13 from z = 1e-4 on, 1e-10 from z = 1e-7.
_STEPS = np.arange(49.0) / 48.0
_LOG_WEIGHTS = np.log(np.where(_STEPS == 0, 0.5, 1.0) / 48.0)
# What is below exp(-40) of the largest value is left out.
_NEGLIGIBLE = 40.0
# Of the table: good to 1e-13 where the largest argument is 20 times the smallest, to
# 1e-10 where it is 150 times that.
_DEGREE = 39
_NODES = chebyshev.chebpts1(_DEGREE + 1)
_TO_SERIES = np.linalg.inv(chebyshev.chebvander(_NODES, _DEGREE))


def log_bessel_k(order: Float[Array, ""], z: Float[Array, ""]) -> Float[Array, ""]:
    r"""Return $\log K_\nu(z)$ for $z > 0$; it can be differentiated twice in both."""
    return _value(_moments, order, z, None)


# Of order, argument, constants and a count: that many of the value, the first
# derivatives (2) and the second ones (3).
Jet = Callable[[Any, Any, Any, int], Sequence[Array]]


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _value(jet: Any, order: Array, z: Array, constants: Any) -> Any:
    return jet(order, z, constants, 1)[0]


@_value.defjvp
def _value_jvp(jet: Any, at: Any, towards: Any) -> tuple[Array, Array]:
    order, z, constants = at
    value, a, b = _with_first(jet, order, z, constants)
    return value, a * towards[0] + b * towards[1]


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _with_first(jet: Any, order: Array, z: Array, constants: Any) -> Any:
    return tuple(jet(order, z, constants, 3))


@_with_first.defjvp
def _with_first_jvp(jet: Jet, at: Any, towards: Any) -> tuple[Any, Any]:
    order, z, constants = at
    value, a, b, aa, ab, bb = jet(order, z, constants, 6)
    dnu, dz, _ = towards
    return (value, a, b), (a * dnu + b * dz, aa * dnu + ab * dz, ab * dnu + bb * dz)


def _moments(nu: Array, z: Array, _: Any, count: int) -> Sequence[Array]:
    # The integrand is largest at sinh t = nu/z; the nodes count as constants.
    peak = jnp.abs(nu) / z
    height = z * jnp.sqrt(1.0 + peak * peak)
    middle = jnp.arcsinh(peak)
    end = middle + jnp.arccosh(1.0 + _NEGLIGIBLE / height)
    # Below it, the integrand rises with at least this power of exp(t).
    rise = jnp.maximum(jnp.abs(nu), 1e-3)
    start = jnp.maximum(middle - 1.0 - _NEGLIGIBLE / rise, 0.0)
    start, end = jax.lax.stop_gradient((start, end))
    t = start + (end - start) * _STEPS
    # exp(-2 |nu| t) does not overflow.
    fall = jnp.exp(-2.0 * jnp.abs(nu) * t)
    growth = 2.0 * jnp.sinh(0.5 * t) ** 2
    logs = jnp.abs(nu) * t + jnp.log1p(fall) - np.log(2.0) - z * growth + _LOG_WEIGHTS
    top = jax.lax.stop_gradient(jnp.max(logs))
    parts = jnp.exp(logs - top)
    total = parts.sum()
    value = top + jnp.log(total * (end - start)) - z
    if count == 1:
        return (value,)
    weights = parts / total
    tangent = (1.0 - fall) / (1.0 + fall)
    slope = jnp.sign(nu) * t * tangent
    first, mean = weights @ slope, weights @ growth
    if count == 3:
        return value, first, -mean - 1.0
    a, b = slope - first, mean - growth
    # The second derivative of log cosh(nu t) is t^2 / cosh^2(nu t).
    own = weights @ (a * a + t * t * (1.0 - tangent * tangent))
    return value, first, -mean - 1.0, own, weights @ (a * b), weights @ (b * b)


@final
class BesselTable(NamedTuple):
    r"""$\log K_\nu(z)$ and its derivatives between two arguments, for many of them.

    Args:
        middle: Half the sum of the logarithms of the two.
        half: Half of their difference.
        series: Chebyshev coefficients of value, gradient and Hessian in $\log z$.
    """

    middle: Float[Array, ""]
    half: Float[Array, ""]
    series: Float[Array, "channels coefficients"]

    @classmethod
    def between(
        cls, order: Float[Array, ""], low: Float[Array, ""], high: Float[Array, ""]
    ) -> "BesselTable":
        """Return the table for one order; a constant as far as derivatives go."""
        order, low, high = jax.lax.stop_gradient((order, low, high))
        middle = 0.5 * (jnp.log(low) + jnp.log(high))
        half = jnp.maximum(0.5 * (jnp.log(high) - jnp.log(low)), 1e-3)

        def channels(z: Float[Array, ""]) -> Float[Array, " channels"]:
            return jnp.stack(_moments(order, z, None, 6))

        values = jax.vmap(channels, out_axes=1)(jnp.exp(middle + half * _NODES))
        return cls(middle, half, values @ _TO_SERIES.T)

    def __call__(
        self, order: Float[Array, ""], z: Float[Array, ""]
    ) -> Float[Array, ""]:
        """Return the logarithm; the order has to be that of the table."""
        return _value(_from_table, order, z, self)


def _from_table(_: Array, z: Array, table: BesselTable, count: int) -> Sequence[Array]:
    u = jnp.clip((jnp.log(z) - table.middle) / table.half, -1.0, 1.0)
    series = table.series[:count]

    # A loop, which XLA does not repeat for each use of the result.
    def step(b: tuple[Array, Array], c: Array) -> Any:
        return (c + 2.0 * u * b[0] - b[1], b[0]), None

    nothing = jnp.zeros_like(series[:, 0])
    (b1, b2), _rest = jax.lax.scan(step, (nothing, nothing), series[:, :0:-1].T)
    found = series[:, 0] + u * b1 - b2
    return [found[i] for i in range(count)]
