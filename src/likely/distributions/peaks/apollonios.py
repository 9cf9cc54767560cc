"""A hyperbolic peak with a power-law tail."""

from typing import final

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ...core import Observable, Scalar
from ..arguments import check_arguments, number
from .power_tails import AbstractPowerTailed, PowerTails


@final
class Apollonios(AbstractPowerTailed):
    r"""Apollonios: an exponential of a hyperbola, with a power-law tail on the left.

    With $t = (x - \mu)/\sigma$ the core is $g = e^{-b \sqrt{1 + t^2}}$; below
    $t = -a$ a power law continues its value and slope.

    Args:
        observable: What is measured; its unit is that of `mu` and `sigma`.
        mu: Peak position.
        sigma: $\sigma$, the scale of the core, positive; close to the peak it is a
            Gaussian of standard deviation $\sigma/\sqrt b$.
        b: How fast the core falls, positive.
        a: Where the tail starts, in units of $\sigma$, positive.
        n: Power of the tail, positive.

    Raises:
        LikelyError: If an argument is of another type, or one that must be positive is
            not.

    References:
        D. Martinez Santos and F. Dupertuis, Nucl. Instrum. Meth. A 764 (2014) 150,
        arXiv:1312.5000.
    """

    observable: Observable = eqx.field(static=True)
    mu: Scalar
    sigma: Scalar
    b: Scalar
    a: Scalar
    n: Scalar

    def __check_init__(self) -> None:
        check_arguments(self, positive=("sigma", "b", "a", "n"))

    def log_core(self, d: Float[Array, ""]) -> Float[Array, ""]:
        t = d / number(self.sigma)
        root = jnp.sqrt(1.0 + t * t)
        # sqrt(1 + t^2) - 1, without a difference: a constant is left out.
        return -number(self.b) * t * t / (1.0 + root)

    def core_slope(self, d: Float[Array, ""]) -> Float[Array, ""]:
        sigma = number(self.sigma)
        t = d / sigma
        return -number(self.b) / sigma * t / jnp.sqrt(1.0 + t * t)

    def tails(self) -> PowerTails:
        start = number(self.a) * number(self.sigma)
        nowhere = jnp.full((), jnp.inf)
        return PowerTails(
            number(self.mu), (start, nowhere), (number(self.n), jnp.ones(()))
        )
