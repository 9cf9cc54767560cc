"""The Gaussian peak with an exponential tail on each side."""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import Observable, Scalar, log_sum
from ..arguments import check_arguments, number
from ..intervals import (
    draw_exponential,
    draw_gauss,
    log_exponential_integral,
    log_gauss_integral,
)
from ..inversion import choose
from ..shape import AbstractShape


@final
class GaussExponentialTails(AbstractShape):
    r"""Gaussian core, exponential tail on each side ("GaussExp", "ExpGaussExp").

    With $t = (x-\mu)/\sigma$, $k$ that of the side, and $d = |t| - k$,

    $$s = e^{-t^2/2}\ \ (d \le 0), \qquad s = e^{-k^2/2 - kd}\ \ (d > 0).$$

    Args:
        observable: What is measured; its unit is that of `mu` and `sigma`.
        mu: Peak position.
        sigma: Standard deviation of the core, positive.
        k_left: Where the left tail starts, in standard deviations, positive; also its
            slope.
        k_right: The same of the right tail.

    Raises:
        LikelyError: If an argument is of another type, or one that must be positive is
            not.

    References:
        S. Das, arXiv:1603.08591.
    """

    observable: Observable = eqx.field(static=True)
    mu: Scalar
    sigma: Scalar
    k_left: Scalar
    k_right: Scalar

    def __check_init__(self) -> None:
        check_arguments(self, positive=("sigma", "k_left", "k_right"))

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        t = (m - number(self.mu)) / number(self.sigma)
        k = jnp.where(t < 0, number(self.k_left), number(self.k_right))
        size = jnp.abs(t)
        core = jnp.minimum(size, k)
        return -0.5 * core * core - k * (size - core)

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        return jnp.log(number(self.sigma)) + log_sum(self._parts(lower, upper)[3])

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        left, core, right, logs = self._parts(lower, upper)
        k_left, k_right = number(self.k_left), number(self.k_right)
        which, where = jax.random.split(key)
        uniform = jax.random.uniform(where)
        below = -k_left - draw_exponential(-k_left, *left, uniform)
        above = k_right + draw_exponential(-k_right, *right, uniform)
        t = choose(which, logs, [below, draw_gauss(*core, uniform), above])
        return jnp.clip(number(self.mu) + number(self.sigma) * t, lower, upper)[None]

    def _parts(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> tuple[
        tuple[Array, Array],
        tuple[Array, Array],
        tuple[Array, Array],
        Float[Array, "3"],
    ]:
        """Return the intervals in d, t and d of the three parts, and the integrals."""
        mu, sigma = number(self.mu), number(self.sigma)
        k_left, k_right = number(self.k_left), number(self.k_right)
        a, b = (lower - mu) / sigma, (upper - mu) / sigma
        core = jnp.clip(a, -k_left, k_right), jnp.clip(b, -k_left, k_right)
        left = jnp.maximum(-k_left - b, 0.0), jnp.maximum(-k_left - a, 0.0)
        right = jnp.maximum(a - k_right, 0.0), jnp.maximum(b - k_right, 0.0)
        logs = jnp.stack(
            [
                log_exponential_integral(-k_left, *left) - 0.5 * k_left**2,
                log_gauss_integral(*core),
                log_exponential_integral(-k_right, *right) - 0.5 * k_right**2,
            ]
        )
        return left, core, right, logs
