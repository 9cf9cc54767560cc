"""A power law."""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import Observable, Scalar
from ..arguments import check_arguments, check_positive_range, number
from ..intervals import draw_exponential, log_exponential_integral
from ..shape import AbstractShape


@final
class PowerLaw(AbstractShape):
    r"""Power law, $s(x) = (x/c)^p$ with $c$ the geometric mean of the range's ends.

    The constant $c$ cancels in the density, and keeps the numbers small.

    Args:
        observable: What is measured, on a range of positive numbers.
        power: $p$, dimensionless, of either sign or zero: -2.7 for cosmic rays.

    Raises:
        LikelyError: If an argument is of another type, or the range reaches zero.
    """

    observable: Observable = eqx.field(static=True)
    power: Scalar

    def __check_init__(self) -> None:
        check_arguments(self)
        check_positive_range(self, with_zero=False)

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        return number(self.power) * self._log(m)

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        r"""Return the integral over $v = \log(x/c)$, $c \int e^{(p+1)v}\,dv$."""
        a, b = self._log(lower), self._log(upper)
        log_integral = log_exponential_integral(number(self.power) + 1.0, a, b)
        return jnp.log(self._centre) + log_integral

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        rate, uniform = number(self.power) + 1.0, jax.random.uniform(key)
        v = draw_exponential(rate, self._log(lower), self._log(upper), uniform)
        return jnp.clip(self._centre * jnp.exp(v), lower, upper)[None]

    def _log(self, x: Float[Array, ""] | float) -> Float[Array, ""]:
        return jnp.log(x / self._centre)

    @property
    def _centre(self) -> float:
        return self.observable.lower**0.5 * self.observable.upper**0.5
