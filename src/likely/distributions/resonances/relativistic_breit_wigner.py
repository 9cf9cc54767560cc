"""The relativistic Breit-Wigner peak with a constant width."""

from typing import final

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ...core import Observable, Scalar
from ..arguments import check_arguments, check_positive_range, number
from ..unimodal_shape import AbstractUnimodalShape


@final
class RelativisticBreitWigner(AbstractUnimodalShape):
    r"""Relativistic Breit-Wigner, $s(x) = 1/((x^2-\mu^2)^2 + \mu^2\Gamma^2)$.

    The width is a constant; for one that knows the threshold see `SWaveBreitWigner`,
    `PWaveBreitWigner` and `DWaveBreitWigner`.

    Args:
        observable: Mass, on a range of positive numbers; its unit is that of `mu` and
            `width`.
        mu: Mass of the resonance, positive.
        width: $\Gamma$, the full width at half maximum if it is small, positive.

    Raises:
        LikelyError: If an argument is of another type, `mu` or `width` is not positive,
            or the range goes below zero.

    References:
        D. Bohm and Y. Sato, Phys. Rev. D 71 (2005) 085018, arXiv:hep-ph/0412106.
    """

    observable: Observable = eqx.field(static=True)
    mu: Scalar
    width: Scalar

    def __check_init__(self) -> None:
        check_arguments(self, positive=("mu", "width"))
        check_positive_range(self, with_zero=True)

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        mu = number(self.mu)
        off = (m - mu) * (m + mu)
        return -jnp.log(off * off + (mu * number(self.width)) ** 2)

    def near_peak(self) -> Float[Array, ""]:
        return number(self.mu)
