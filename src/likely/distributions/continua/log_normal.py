"""The log-normal density."""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import Observable, Scalar
from ..arguments import check_arguments, check_positive_range, number
from ..intervals import draw_gauss, log_gauss_integral
from ..shape import AbstractShape

# The logarithm of zero, as far as a standardised variable goes.
_FAR = -1e10


@final
class LogNormal(AbstractShape):
    r"""Log-normal, $s(x) = \frac1x e^{-\frac12 z^2}$ with $z = \log(x/x_0)/\sigma$.

    Args:
        observable: What is measured, on a range of positive numbers; its unit is that
            of `median`.
        median: $x_0$, the median on the whole axis, positive.
        sigma: Standard deviation of $\log x$, dimensionless, positive; RooLognormal's k
            is $e^\sigma$.

    Raises:
        LikelyError: If an argument is of another type, `median` or `sigma` is not
            positive, or the range goes below zero.
    """

    observable: Observable = eqx.field(static=True)
    median: Scalar
    sigma: Scalar

    def __check_init__(self) -> None:
        check_arguments(self, positive=("median", "sigma"))
        check_positive_range(self, with_zero=True)

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        positive = m > 0
        log_m = jnp.log(jnp.where(positive, m, 1.0))
        z = (log_m - jnp.log(number(self.median))) / number(self.sigma)
        return jnp.where(positive, -0.5 * z * z - log_m, -jnp.inf)

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        log_integral = log_gauss_integral(self._z(lower), self._z(upper))
        return jnp.log(number(self.sigma)) + log_integral

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        z = draw_gauss(self._z(lower), self._z(upper), jax.random.uniform(key))
        x = number(self.median) * jnp.exp(number(self.sigma) * z)
        return jnp.clip(x, lower, upper)[None]

    def _z(self, x: Float[Array, ""] | float) -> Float[Array, ""]:
        x = jnp.asarray(x, float)
        positive = x > 0
        log_ratio = jnp.log(jnp.where(positive, x, 1.0) / number(self.median))
        return jnp.where(positive, log_ratio / number(self.sigma), _FAR)
