"""Exponential fall or rise."""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import Observable, Scalar
from ..arguments import check_arguments, number
from ..intervals import draw_exponential, log_exponential_integral
from ..shape import AbstractShape


@final
class Exponential(AbstractShape):
    r"""Exponential, $s(x) = e^{k (x - c)}$ with $c$ the centre of the range.

    The constant $c$ cancels in the density, and keeps the exponent small.

    Args:
        observable: What is measured.
        slope: $k$, of either sign or zero, in the inverse unit of the observable.

    Raises:
        LikelyError: If an argument is of another type.
    """

    observable: Observable = eqx.field(static=True)
    slope: Scalar

    def __check_init__(self) -> None:
        check_arguments(self)

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        return number(self.slope) * (m - self._centre)

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        c = self._centre
        return log_exponential_integral(number(self.slope), lower - c, upper - c)

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        uniform = jax.random.uniform(key)
        x = draw_exponential(number(self.slope), lower, upper, uniform)
        return jnp.clip(x, lower, upper)[None]

    @property
    def _centre(self) -> float:
        return 0.5 * (self.observable.lower + self.observable.upper)
