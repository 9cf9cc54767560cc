"""The decay of a neutral meson, with everything that its time depends on."""

from typing import final

import equinox as eqx
import jax.numpy as jnp

from ...core import LikelyError, Observable, Scalar
from ..arguments import check_arguments, check_members, number
from .abstract_decay import AbstractDecay
from .acceptance import as_knots, check_spline, spline
from .parts import DecayParts
from .resolution import Gaussian, Perfect

_GROUPS = {
    "hyperbolic": ("delta_gamma", "cosh", "sinh"),
    "oscillation": ("delta_m", "cos", "sin"),
    "resolution": ("bias", "sigma"),
}


@final
class Decay(AbstractDecay):
    r"""Decay time of a neutral meson, as RooBDecay, with an acceptance.

    $$s(t) = \varepsilon(t)\,\Big( e^{-t/\tau} \big[
      A \cosh\tfrac{\Delta\Gamma t}2 + B \sinh\tfrac{\Delta\Gamma t}2
      + C \cos \Delta m\,t + S \sin \Delta m\,t \big]\,\theta(t)
      \otimes N(b, \sigma) \Big).$$

    Each group of arguments may be left out. Coefficients may be formulas with
    `Column` (a tag, its mistag probability, a resolution of each event); give the
    density to `Conditional` then. Where it is not positive it is zero, so that a fit
    rejects such a step.

    The integrals are closed. With an acceptance, of their 16 digits those of
    $(\tau/h)^3$ and $(\sigma/h)^6$ are lost, so knots should not be closer than
    $h = \tau/100$ or $\sigma/3$.

    Args:
        observable: The decay time.
        tau: Lifetime $\tau$, positive, in the unit of the observable.
        hyperbolic: $(\Delta\Gamma, A, B)$, with $|\Delta\Gamma| < 2/\tau$; without them
            $\Delta\Gamma = 0$ and $A = 1$.
        oscillation: $(\Delta m, C, S)$; without them there is none.
        resolution: $(b, \sigma)$ with $\sigma$ positive; without them times are exact,
            and the density is zero for $t < 0$.
        knots: Rising times that cover the range, numbers.
        acceptance: $v_k$, two more than knots: $\varepsilon = \sum_k v_k B_k$ with the
            cubic B-splines of the knots; the first and the last of them are the
            acceptance at the ends. A common factor cancels: fix one of them.

    Raises:
        LikelyError: If an argument is of another type, `tau` or $\sigma$ is not
            positive, a group has another number of members, or the knots do not cover
            the range.

    References:
        T. M. Karbach, G. Raven and M. Schiller, arXiv:1407.0748.
    """

    observable: Observable = eqx.field(static=True)
    tau: Scalar
    hyperbolic: tuple[Scalar, ...] = ()
    oscillation: tuple[Scalar, ...] = ()
    resolution: tuple[Scalar, ...] = ()
    knots: tuple[float, ...] = eqx.field(static=True, converter=as_knots, default=())
    acceptance: tuple[Scalar, ...] = ()

    def __check_init__(self) -> None:
        for name, members in _GROUPS.items():
            if getattr(self, name) != ():
                check_members(self, name, members)
        check_arguments(self, positive=("tau", "resolution[1]"))
        check_spline("Decay", self.observable, self.knots, self.acceptance)
        if not self.resolution and self.observable.upper <= 0:
            raise LikelyError(
                "`Decay(observable=...)`: without a resolution there are no times "
                f"below zero, where the range of `{self.observable.name}` ends; "
                "give a `resolution` or another range."
            )

    def parts(self) -> DecayParts:
        rate = 1.0 / number(self.tau)
        rates, sizes, wave = (rate,), (jnp.ones(()),), None
        if self.hyperbolic:
            delta_gamma, a, b = (number(value) for value in self.hyperbolic)
            rates = rate - 0.5 * delta_gamma, rate + 0.5 * delta_gamma
            sizes = 0.5 * (a + b), 0.5 * (a - b)
        if self.oscillation:
            delta_m, c, d = (number(value) for value in self.oscillation)
            wave = rate, delta_m, c, d
        resolution = Perfect()
        if self.resolution:
            bias, sigma = (number(value) for value in self.resolution)
            resolution = Gaussian(bias, sigma)
        acceptance = spline(self.knots, self.acceptance) if self.knots else None
        return DecayParts(rates, sizes, wave, resolution, acceptance)
