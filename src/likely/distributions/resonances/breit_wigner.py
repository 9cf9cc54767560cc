"""The non-relativistic Breit-Wigner peak."""

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import Observable, Scalar
from ..arguments import check_arguments, number
from ..shape import AbstractShape


@final
class BreitWigner(AbstractShape):
    r"""Breit-Wigner (Cauchy, Lorentz), $s(x) = 1/((x-\mu)^2 + \Gamma^2/4)$.

    Args:
        observable: What is measured; its unit is that of `mu` and `width`.
        mu: Peak position.
        width: $\Gamma$, the full width at half maximum, positive.

    Raises:
        LikelyError: If an argument is of another type or `width` is not positive.
    """

    observable: Observable = eqx.field(static=True)
    mu: Scalar
    width: Scalar

    def __check_init__(self) -> None:
        check_arguments(self, positive=("width",))

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        return -jnp.log((m - number(self.mu)) ** 2 + (0.5 * number(self.width)) ** 2)

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        r"""Return $\log(\theta/\gamma)$ with $\gamma = \Gamma/2$ and $\theta$ the angle
        between the two limits, $\tan\theta = \gamma(b - a)/(\gamma^2 + ab)$.
        """  # noqa: D205
        gamma, a, b = self._standard(lower, upper)
        opposite, adjacent = upper - lower, gamma * gamma + a * b
        positive = opposite > 0
        # In the tails theta/gamma is regular in gamma, though its parts are not.
        tail = positive & (adjacent > 10.0 * gamma * opposite)
        ratio = jnp.where(tail, opposite / jnp.where(tail, adjacent, 1.0), 1.0)
        square = jnp.where(tail, (gamma * ratio) ** 2, 0.0)
        log_tail = jnp.log(ratio) + jnp.log(_arctan_series(square))
        wide = positive & ~tail
        theta = jnp.arctan2(
            jnp.where(wide, gamma * opposite, 1.0), jnp.where(wide, adjacent, 1.0)
        )
        log_wide = jnp.log(theta) - jnp.log(gamma)
        return jnp.where(tail, log_tail, jnp.where(wide, log_wide, -jnp.inf))

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        lower, upper = self.observable.lower, self.observable.upper
        gamma, a, b = self._standard(lower, upper)
        theta = jnp.arctan2(gamma * (b - a), gamma * gamma + a * b)
        phi = jax.random.uniform(key) * theta
        # tan of a sum: no difference of two angles close to a right angle.
        step = (gamma * gamma + a * a) * jnp.sin(phi)
        x = lower + step / (gamma * jnp.cos(phi) - a * jnp.sin(phi))
        return jnp.clip(x, lower, upper)[None]

    def _standard(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> tuple[Array, Array, Array]:
        """Return half the width, and the limits as seen from the peak."""
        mu = number(self.mu)
        return 0.5 * number(self.width), lower - mu, upper - mu


def _arctan_series(square: Float[Array, ""]) -> Float[Array, ""]:
    r"""Return $\arctan(r)/r$ for $r^2 < 0.01$."""
    total = jnp.zeros_like(square)
    for k in range(8, -1, -1):
        total = (-1) ** k / (2 * k + 1) + square * total
    return total
