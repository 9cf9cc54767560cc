"""The Gaussian peak with a width of its own on each side."""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import Observable, Scalar, log_sum
from ..arguments import check_arguments, number
from ..intervals import draw_gauss, log_gauss_integral
from ..inversion import choose
from ..shape import AbstractShape


@final
class BifurcatedGauss(AbstractShape):
    r"""Bifurcated Gaussian, $s(x) = e^{-\frac12 (x-\mu)^2/\sigma_{L,R}^2}$.

    $\sigma_L$ is the width for $x < \mu$, $\sigma_R$ that for $x \ge \mu$.

    Args:
        observable: What is measured; its unit is that of the other arguments.
        mu: Peak position.
        sigma_left: Standard deviation on the left of the peak, positive.
        sigma_right: Standard deviation on the right of the peak, positive.

    Raises:
        LikelyError: If an argument is of another type or a width is not positive.

    References:
        T. S. Wallis, Statist. Sci. 29 (2014) 106, arXiv:1405.4995, on its many names.
    """

    observable: Observable = eqx.field(static=True)
    mu: Scalar
    sigma_left: Scalar
    sigma_right: Scalar

    def __check_init__(self) -> None:
        check_arguments(self, positive=("sigma_left", "sigma_right"))

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        d = m - number(self.mu)
        sigma = jnp.where(d < 0, number(self.sigma_left), number(self.sigma_right))
        return -0.5 * (d / sigma) ** 2

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        return log_sum(self._parts(lower, upper)[2])

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        left, right, logs = self._parts(lower, upper)
        which, where = jax.random.split(key)
        uniform = jax.random.uniform(where)
        below = number(self.sigma_left) * draw_gauss(*left, uniform)
        above = number(self.sigma_right) * draw_gauss(*right, uniform)
        d = choose(which, logs, [below, above])
        return jnp.clip(number(self.mu) + d, lower, upper)[None]

    def _parts(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> tuple[tuple[Array, Array], tuple[Array, Array], Float[Array, "2"]]:
        """Return the standardised intervals on either side, and their integrals."""
        a, b = lower - number(self.mu), upper - number(self.mu)
        sigma_left, sigma_right = number(self.sigma_left), number(self.sigma_right)
        # A limit at the peak itself moves with one side, not with half of each.
        left = jnp.where(a <= 0, a, 0.0), jnp.where(b <= 0, b, 0.0)
        right = jnp.where(a >= 0, a, 0.0), jnp.where(b >= 0, b, 0.0)
        left = left[0] / sigma_left, left[1] / sigma_left
        right = right[0] / sigma_right, right[1] / sigma_right
        logs = jnp.stack(
            [
                jnp.log(sigma_left) + log_gauss_integral(*left),
                jnp.log(sigma_right) + log_gauss_integral(*right),
            ]
        )
        return left, right, logs
