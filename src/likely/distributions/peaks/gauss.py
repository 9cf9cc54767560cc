"""The Gaussian peak."""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import Observable, Scalar
from ..arguments import check_arguments, number
from ..intervals import draw_gauss, log_gauss_integral
from ..shape import AbstractShape


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
        return -0.5 * self._standard(m) ** 2

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        log_integral = log_gauss_integral(self._standard(lower), self._standard(upper))
        return jnp.log(number(self.sigma)) + log_integral

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        uniform = jax.random.uniform(key)
        t = draw_gauss(self._standard(lower), self._standard(upper), uniform)
        return jnp.clip(number(self.mu) + number(self.sigma) * t, lower, upper)[None]

    def _standard(self, x: Float[Array, ""] | float) -> Float[Array, ""]:
        return (x - number(self.mu)) / number(self.sigma)
