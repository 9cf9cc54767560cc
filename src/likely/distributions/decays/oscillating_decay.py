"""A lifetime with an oscillation, measured with a Gaussian resolution."""

from typing import final

import equinox as eqx
import jax.numpy as jnp

from ...core import Observable, Scalar
from ..arguments import check_arguments, number
from .abstract_decay import AbstractDecay
from .parts import DecayParts
from .resolution import Gaussian


@final
class OscillatingDecay(AbstractDecay):
    r"""Oscillation with resolution, for particles of one lifetime such as the $B^0$.

    $$s(t) = e^{-t/\tau} (1 + C \cos \Delta m\,t + S \sin \Delta m\,t)\,\theta(t)
      \otimes N(b, \sigma).$$

    What was tagged, and how well, is in the coefficients: see `mixing_decay` and
    `cp_decay`. Where the density is not positive it is zero, so that a fit rejects such
    a step.

    Args:
        observable: The decay time.
        tau: Lifetime $\tau$, positive, in the unit of the observable.
        delta_m: $\Delta m$, radians per unit of the observable.
        cos: $C$, dimensionless.
        sin: $S$, dimensionless.
        bias: $b$, how much later the times are measured.
        sigma: Standard deviation of the resolution, positive.

    Raises:
        LikelyError: If an argument is of another type, or `tau` or `sigma` is not
            positive.

    References:
        T. M. Karbach, G. Raven and M. Schiller, arXiv:1407.0748.
    """

    observable: Observable = eqx.field(static=True)
    tau: Scalar
    delta_m: Scalar
    cos: Scalar
    sin: Scalar
    bias: Scalar
    sigma: Scalar

    def __check_init__(self) -> None:
        check_arguments(self, positive=("tau", "sigma"))

    def parts(self) -> DecayParts:
        resolution = Gaussian(number(self.bias), number(self.sigma))
        rate, one = 1.0 / number(self.tau), jnp.ones(())
        wave = rate, number(self.delta_m), number(self.cos), number(self.sin)
        return DecayParts((rate,), (one,), wave, resolution, None)
