"""A lifetime, measured with a Gaussian resolution."""

from typing import final

import equinox as eqx
import jax.numpy as jnp

from ...core import Observable, Scalar
from ..arguments import check_arguments, number
from .abstract_decay import AbstractDecay
from .parts import DecayParts
from .resolution import Gaussian


@final
class ExponentialDecay(AbstractDecay):
    r"""Lifetime with resolution, $s(t) = e^{-t/\tau}\,\theta(t) \otimes N(b, \sigma)$.

    Without a resolution it is `Exponential` of slope $-1/\tau$ on times that are not
    negative. With a bias and a resolution of each event, write formulas with `Column`
    and give the density to `Conditional`.

    Args:
        observable: The decay time.
        tau: Lifetime $\tau$, positive, in the unit of the observable.
        bias: $b$, how much later the times are measured.
        sigma: Standard deviation of the resolution, positive.

    Raises:
        LikelyError: If an argument is of another type, or `tau` or `sigma` is not
            positive.
    """

    observable: Observable = eqx.field(static=True)
    tau: Scalar
    bias: Scalar
    sigma: Scalar

    def __check_init__(self) -> None:
        check_arguments(self, positive=("tau", "sigma"))

    def parts(self) -> DecayParts:
        resolution = Gaussian(number(self.bias), number(self.sigma))
        rate, one = 1.0 / number(self.tau), jnp.ones(())
        return DecayParts((rate,), (one,), None, resolution, None)
