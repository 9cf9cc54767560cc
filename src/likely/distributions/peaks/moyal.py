"""The Moyal peak, an approximation of Landau's energy loss."""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import Observable, Scalar
from ..arguments import check_arguments, number
from ..intervals import (
    draw_exponential,
    draw_gauss,
    log_exponential_integral,
    log_gauss_integral,
)
from ..shape import AbstractShape

# So far on the left the density is exp(-exp(300)); no square of a slope overflows.
_STEEPEST = -300.0
# From here on exp(-t) is nothing to t, and the density is an exponential.
_FAR = 80.0


@final
class Moyal(AbstractShape):
    r"""Moyal, $s(x) = e^{-\frac12 (t + e^{-t})}$ with $t = (x-\mu)/\sigma$.

    Args:
        observable: What is measured; its unit is that of `mu` and `sigma`.
        mu: Peak position (most probable energy loss).
        sigma: Scale, positive; the full width at half maximum is $3.586\,\sigma$.

    Raises:
        LikelyError: If an argument is of another type or `sigma` is not positive.

    References:
        J. E. Moyal, Phil. Mag. 46 (1955) 263.
    """

    observable: Observable = eqx.field(static=True)
    mu: Scalar
    sigma: Scalar

    def __check_init__(self) -> None:
        check_arguments(self, positive=("sigma",))

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        t = (m - number(self.mu)) / number(self.sigma)
        return -0.5 * (t + jnp.exp(-jnp.maximum(t, _STEEPEST)))

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        r"""Return the integral over $z = e^{-t/2}$, $2\sigma \int e^{-z^2/2}\,dz$."""
        a, b, far = self._interval(lower, upper)
        near_a, near_b = jnp.where(far, 0.0, a), jnp.where(far, 1.0, b)
        log_near = np.log(2.0) + log_gauss_integral(_z(near_b), _z(near_a))
        log_integral = jnp.where(far, log_exponential_integral(-0.5, a, b), log_near)
        return jnp.log(number(self.sigma)) + log_integral

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        a, b, far = self._interval(lower, upper)
        uniform = jax.random.uniform(key)
        log_z = jnp.log(draw_gauss(_z(b), _z(a), uniform))
        t = jnp.where(far, draw_exponential(-0.5, a, b, uniform), -2.0 * log_z)
        return jnp.clip(number(self.mu) + number(self.sigma) * t, lower, upper)[None]

    def _interval(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> tuple[Array, Array, Array]:
        """Return the limits in t, and whether they are where z would underflow."""
        mu, sigma = number(self.mu), number(self.sigma)
        a, b = (lower - mu) / sigma, (upper - mu) / sigma
        return a, b, a > _FAR


def _z(t: Float[Array, ""]) -> Float[Array, ""]:
    return jnp.exp(-0.5 * jnp.maximum(t, _STEEPEST))
