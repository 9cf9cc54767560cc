"""The Gaussian peak."""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import Observable, Scalar
from .arguments import check_arguments
from .intervals import draw_gauss, log_gauss_integral
from .shape import AbstractShape


@final
class Gauss(AbstractShape):
    r"""Gaussian, $s(x) = e^{-\frac12 (x-\mu)^2/\sigma^2}$ on the observable's range.

    Args:
        observable: What is measured; its unit is that of `mu` and `sigma`.
        mu: Peak position.
        sigma: Standard deviation, positive.

    Raises:
        LikelyError: If an argument is of another type or `sigma` is not positive.
    """

    observable: Observable = eqx.field(static=True)
    mu: Scalar
    sigma: Scalar

    def __check_init__(self) -> None:
        check_arguments(self, positive=("sigma",))

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        return -0.5 * ((m - self.mu) / self.sigma) ** 2

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        a, b = (lower - self.mu) / self.sigma, (upper - self.mu) / self.sigma
        return jnp.log(self.sigma) + log_gauss_integral(a, b)

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        a, b = (lower - self.mu) / self.sigma, (upper - self.mu) / self.sigma
        t = draw_gauss(a, b, jax.random.uniform(key))
        return jnp.clip(self.mu + self.sigma * t, lower, upper)[None]
