"""Student's t: a peak with power-law tails on both sides."""

from typing import final

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ...core import Observable, Scalar
from ..arguments import check_arguments, number
from ..unimodal_shape import AbstractUnimodalShape


@final
class StudentT(AbstractUnimodalShape):
    r"""Student's t, $s(x) = (1 + t^2/\nu)^{-(\nu+1)/2}$ with $t = (x-\mu)/\sigma$.

    $\nu = 1$ is the Breit-Wigner of width $2\sigma$; for large $\nu$ it is the
    Gaussian.

    Args:
        observable: What is measured; its unit is that of `mu` and `sigma`.
        mu: Peak position.
        sigma: Scale, positive; the standard deviation is larger.
        dof: $\nu$, degrees of freedom, positive; need not be a whole number.

    Raises:
        LikelyError: If an argument is of another type, or `sigma` or `dof` is not
            positive.

    References:
        Student, Biometrika 6 (1908) 1.
    """

    observable: Observable = eqx.field(static=True)
    mu: Scalar
    sigma: Scalar
    dof: Scalar

    def __check_init__(self) -> None:
        check_arguments(self, positive=("sigma", "dof"))

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        nu = number(self.dof)
        t = (m - number(self.mu)) / number(self.sigma)
        return -0.5 * (nu + 1.0) * jnp.log1p(t * t / nu)

    def near_peak(self) -> Float[Array, ""]:
        return number(self.mu)
