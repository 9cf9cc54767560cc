"""A Gaussian whose widths grow with the distance, differently on either side."""

from typing import final

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ...core import Observable, Scalar
from ..arguments import check_arguments, number
from ..unimodal_shape import AbstractUnimodalShape


@final
class Cruijff(AbstractUnimodalShape):
    r"""Cruijff, $s(x) = e^{-d^2 / (2\sigma_{L,R}^2 + \alpha_{L,R} d^2)}$.

    $d = x - \mu$ is the distance from the peak; $\sigma_L$ and $\alpha_L$ are those for
    $d < 0$. Far from the peak it is constant, $e^{-1/\alpha}$, so it needs a range.

    Args:
        observable: What is measured; its unit is that of `mu` and the widths.
        mu: Peak position.
        sigma_left: Standard deviation on the left of the peak, positive.
        sigma_right: Standard deviation on the right of the peak, positive.
        alpha_left: How fast the left width grows, not negative.
        alpha_right: How fast the right width grows, not negative.

    Raises:
        LikelyError: If an argument is of another type, a width is not positive, or a
            growth is negative.

    References:
        BaBar collaboration, P. del Amo Sanchez et al., Phys. Rev. D 82 (2010) 051101,
        arXiv:1005.4087.
    """

    observable: Observable = eqx.field(static=True)
    mu: Scalar
    sigma_left: Scalar
    sigma_right: Scalar
    alpha_left: Scalar
    alpha_right: Scalar

    def __check_init__(self) -> None:
        widths, growths = ("sigma_left", "sigma_right"), ("alpha_left", "alpha_right")
        check_arguments(self, positive=widths, nonnegative=growths)

    def near_peak(self) -> Float[Array, ""]:
        return number(self.mu)

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        d = m - number(self.mu)
        left = d < 0
        sigma = jnp.where(left, number(self.sigma_left), number(self.sigma_right))
        alpha = jnp.where(left, number(self.alpha_left), number(self.alpha_right))
        return -d * d / (2.0 * sigma * sigma + alpha * d * d)
