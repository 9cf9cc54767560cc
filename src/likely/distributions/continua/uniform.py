"""The constant density."""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import Observable
from ..arguments import check_arguments
from ..shape import AbstractShape


@final
class Uniform(AbstractShape):
    r"""Uniform, $s(x) = 1$ on the observable's range.

    Args:
        observable: What is measured.

    Raises:
        LikelyError: If `observable` is of another type.
    """

    observable: Observable = eqx.field(static=True)

    def __check_init__(self) -> None:
        check_arguments(self)

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        return jnp.zeros_like(m)

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        return jnp.log(jnp.asarray(upper - lower, float))

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        return jax.random.uniform(key, (1,), minval=lower, maxval=upper)
