"""The Gaussian peak."""

from typing import final

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import Observable, Scalar
from .shape import AbstractShape


@final
class Gauss(AbstractShape):
    r"""Gaussian, $s(x) = e^{-\frac12 (x-\mu)^2/\sigma^2}$ on the observable's range.

    Args:
        observable: What is measured; its unit is that of `mu` and `sigma`.
        mu: Peak position.
        sigma: Standard deviation, positive.
    """

    observable: Observable = eqx.field(static=True)
    mu: Scalar
    sigma: Scalar

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        return -0.5 * ((m - self.mu) / self.sigma) ** 2

    def log_integral(self, lower, upper):
        raise RuntimeError("to be written")

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        raise RuntimeError("to be written")
